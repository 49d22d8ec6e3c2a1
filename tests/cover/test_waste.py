"""Folders that are done with are out of the way at once, and gone at the end."""

from __future__ import annotations

from pathlib import Path

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.data.waste import clear, put_away, waste_of
from refloader.driving.subject import Bench


def test_no_path_leads_to_the_files_of_a_data_set_that_is_done_with(tmp_path: Path) -> None:
    """A later loader that still has old paths finds nothing there."""
    bench = Bench(lambda *_: None, Policy.of(), str(tmp_path))
    with bench.samples(Scenario(5, 2)) as samples:
        files = [*map(Path, samples.paths), Path(samples.folder)]
        assert all(file.exists() for file in files)

    assert not any(file.exists() for file in files)


def test_what_is_not_there_is_no_waste(tmp_path: Path) -> None:
    """Of a data set whose files nobody asked for nothing is left."""
    put_away(tmp_path / "nothing", waste_of(str(tmp_path)))

    assert [] == list(tmp_path.iterdir())


def test_what_cannot_be_moved_is_removed(tmp_path: Path) -> None:
    """A folder that the waste does not take, as one that a loader has protected, ends no drive."""
    waste_of(str(tmp_path)).touch()
    (tmp_path / "done").mkdir()
    put_away(tmp_path / "done", waste_of(str(tmp_path)))

    assert not (tmp_path / "done").exists()


def test_the_end_removes_what_was_put_away_and_what_was_not(tmp_path: Path) -> None:
    """A folder with its waste is removed whole, also with what a loader has left in it."""
    folder = tmp_path / "check"
    for name in ("a", "b", "stays"):
        (folder / name / "deep").mkdir(parents=True)
        (folder / name / "deep" / "file").touch()
    for name in ("a", "b"):
        put_away(folder / name, waste_of(str(folder)))
    clear(str(folder))

    assert [] == list(tmp_path.iterdir())
