"""The demonstration shows what the note's loader breaks, and that the reference loader does not."""

from __future__ import annotations

from typing import Any, List

import pytest
from click.testing import CliRunner

from refloader.cli import main
from refloader.contract.requirement import choose
from refloader.demo import reference_loader, seed_loader, show
from refloader.demo.corpus import look
from refloader.session import Session

FAULTS = {
    "coverage.no-loss": "it drops the tail, and all files after the first 100",
    "coverage.tail": "the same",
    "shuffling.per-epoch": "it shuffles once",
    "faults.no-silent-blank": "a bad file becomes a black picture",
}


def broken(make: Any) -> List[str]:
    """Return the slugs that a factory's loader breaks, of those that stand for a fault."""
    with Session(make, show.POLICY, training=False) as session:
        return [one.requirement for one in session.results(choose(tuple(FAULTS))) if one.broken]


def test_the_notes_loader_has_its_faults() -> None:
    """Every fault of the note's loader is found under its own requirement."""
    assert sorted(FAULTS) == sorted(broken(seed_loader.make))


def test_the_reference_loader_has_none_of_them() -> None:
    """The reference loader keeps what the note's loader breaks."""
    assert [] == broken(reference_loader.make)


def test_the_corpus_tells_the_two_apart() -> None:
    """Of 120 files the note's loader delivers 96, always in one order, and one of them black."""
    note, reference = look(seed_loader.make), look(reference_loader.make)

    assert (96, 120) == (len(set(note.first)), len(set(reference.first)))
    assert note.first == note.second
    assert reference.first != reference.second
    assert note.damaged.startswith("1 black picture with an ordinary label")
    assert "BadSample, which names the file" == reference.damaged


def test_the_demo_shows_both_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with the counts of both and with how to judge one's own loader."""
    monkeypatch.setattr(show, "choose", lambda: choose(("coverage.no-loss", "protocol.dtypes")))
    result = CliRunner().invoke(main, ["demo"])

    assert "sample 2 is never delivered in epoch 0" in " ".join(result.output.split())
    assert "the note's loader: 1 pass, 1 fail; ran 2 of 2 requirements\n" in result.output
    assert "the reference loader: 2 pass; ran 2 of 2 requirements\n" in result.output
    assert "refloader check MODULE:FACTORY" in result.output
    assert 0 == result.exit_code
