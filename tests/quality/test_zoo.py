"""The suite proves itself: each requirement flags a loader that breaks it, and no good one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, List

import judgements
import pytest
import witnesses
from judgements import Judgements

import refloader.contract
from refloader.contract.requirement import CATALOGUE
from refloader.contract.verdict import ERROR, VACUOUS
from refloader.spec.examples import examples

#: Shipped with the package: `refloader spec --kills` prints it.
SNAPSHOT = Path(refloader.contract.__file__).with_name("kills.txt")


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Judgements:
    """Return the judgements of this run, shared by all its processes."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return Judgements(folder / "zoo", own=pytestconfig.getoption("own_slugs", default=False))


@pytest.mark.parametrize("name", judgements.names("bad"))
def test_bad_loader_is_flagged_for_what_it_breaks(judged: Judgements, name: str) -> None:
    """A known-bad loader is flagged under its own slugs, and no others but declared company."""
    module = judgements.loader("bad", name)
    flagged = judged.flagged("bad", name)

    assert [] == sorted(module.MUST - set(flagged)), f"not flagged; flagged were {_told(flagged)}"
    assert {} == _without(flagged, module.MUST | module.MAY), "flagged without being declared"


@pytest.mark.parametrize("name", judgements.names("good"))
def test_good_loader_is_flagged_for_nothing(judged: Judgements, name: str) -> None:
    """A loader that keeps its declared policy passes every requirement that applies."""
    assert {} == judged.flagged("good", name)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in ("bad", "good") for name in judgements.names(kind)]
)
def test_every_requirement_is_judged(judged: Judgements, kind: str, name: str) -> None:
    """No requirement ends without having run, and none because the suite itself broke."""
    unjudged = {
        slug: one for slug, one in judged.of(kind, name).items() if one.verdict in {ERROR, VACUOUS}
    }

    assert {} == unjudged


def test_every_requirement_owns_a_bad_loader() -> None:
    """Each requirement of the catalogue has a loader that it must flag under its own slug."""
    owned = {
        slug
        for kind in ("bad", "training")
        for name in judgements.names(kind)
        for slug in judgements.loader(kind, name).MUST
    }

    assert [] == sorted(set(CATALOGUE) - owned), "without a loader that must be flagged"
    assert [] == sorted(owned - set(CATALOGUE)), "unknown to the catalogue"


def test_kill_table_is_the_recorded_one(judged: Judgements) -> None:
    """Which requirement flags which bad loader is as it was when the table was last recorded."""
    kills = {name: sorted(judged.flagged("bad", name)) for name in judgements.names("bad")}
    # What only training shows is judged in tests/matrix, in every framework.
    for name in judgements.names("training"):
        kills[name] = sorted(judgements.loader("training", name).MUST)
    table = kill_table(kills)
    if witnesses.updating():
        SNAPSHOT.write_text(table, encoding="utf-8")

    assert SNAPSHOT.read_text(encoding="utf-8").splitlines() == table.splitlines()


BY_READING = [slug for slug, one in examples().items() if one.seen_in is None]


@pytest.mark.parametrize("slug", BY_READING)
def test_example_of_the_spec_says_what_is_on_record(judged: Judgements, slug: str) -> None:
    """The witness that the spec's page shows beside a loader is what the suite says of it now."""
    witnesses.check(slug, judged.flagged("bad", examples()[slug].loader)[slug])


def kill_table(kills: Dict[str, List[str]]) -> str:
    """Lay out a line for each bad loader: its name, and the requirements that flag it."""
    width = max(map(len, kills))
    lines = (f"{name:{width}}  {', '.join(slugs)}" for name, slugs in kills.items())
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _without(flagged: Dict[str, str], declared: object) -> Dict[str, str]:
    assert isinstance(declared, (set, frozenset))
    return {slug: witness for slug, witness in flagged.items() if slug not in declared}


def _told(flagged: Dict[str, str]) -> str:
    return "; ".join(f"{slug}: {witness}" for slug, witness in sorted(flagged.items())) or "none"
