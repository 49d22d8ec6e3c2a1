"""The bench measures what it says."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest
from click.testing import CliRunner
from PIL import Image
from rich.console import Console

from refloader.bench import competitors, corpora, one, rounds, views
from refloader.bench.competitors import LIMIT, REFERENCE
from refloader.cli import main


def figures(rate: float, cpu_ms: float = 1.0) -> Dict[str, Any]:
    """Return what timing one competitor gives."""
    epoch = {"images": 10, "rate": rate, "cpu_ms": cpu_ms, "first_batch": 0.1, "load": 0.5}
    return {"first": epoch, "second": epoch}


def size_of(path: Path) -> Any:
    """Return the (width, height) of an image file."""
    with Image.open(path) as image:
        return image.size


def row_of(name: str, *rates: Any) -> Dict[str, Any]:
    """Return the summary of a competitor from (limit, its own) rates of some rounds."""
    results = [
        {LIMIT: figures(limit), REFERENCE: figures(own), name: figures(own)} for limit, own in rates
    ]
    return rounds.summary(results, [name])[0]


@pytest.mark.parametrize("name", sorted(corpora.CORPORA))
def test_corpus_is_made_once_and_always_the_same(tmp_path: Path, name: str) -> None:
    """A corpus has as many files as asked for, of its size, and making it again changes none."""
    corpus = corpora.CORPORA[name]
    root = corpora.make(tmp_path, name, 2)
    before = {path: path.read_bytes() for path in root.glob("*/*")}
    corpora.make(tmp_path, name, 2)

    assert before == {path: path.read_bytes() for path in root.glob("*/*")}
    assert [corpus.size] * 2 == [size_of(path) for path in before]


def test_no_time_passes_between_epochs() -> None:
    """The clock of an epoch starts where the one before stopped: nothing is read unseen."""
    stamps = []

    def epoch() -> Iterator[int]:
        stamps.append(time.perf_counter())
        time.sleep(0.05)
        yield 10

    before = time.perf_counter()
    results = one.timed(epoch, 3)
    walls = [result["images"] / result["rate"] for result in results]
    ends = [before + sum(walls[: count + 1]) for count in range(3)]

    assert [10, 10, 10] == [result["images"] for result in results]
    assert all(start >= end - 0.005 for start, end in zip(stamps[1:], ends))
    assert stamps[-1] - before <= sum(walls)


def test_ratios_are_within_a_round() -> None:
    """A round in which everything was slow changes no ratio, and the spread is told."""
    row = row_of("refloader, inline", (1000, 500), (100, 40), (10, 6))

    assert [0.5, 0.4, 0.6] == row["of_limit.rate"]
    assert not row["doubtful"]


def test_faster_than_the_limit_is_doubtful() -> None:
    """What does the limit's work faster than the limit was measured wrongly, and is marked."""
    row = row_of("refloader, processes", (100, 193))

    assert row["doubtful"]
    assert "do not use it" in str(views.table([row], "").caption)


def test_rounds_about_the_limit_are_noise() -> None:
    """A spread that the limit lies in, of which the median is a little above it, is no wrong measurement."""
    assert not row_of("refloader, processes", (100, 96), (100, 106), (100, 116))["doubtful"]


def test_the_table_fits_a_terminal_of_80_columns() -> None:
    """Every figure is shown whole, of an error every word, and of a name that is short each word in a piece."""
    rows = [
        row_of("tf.data, image_dataset_from_directory", (12000, 12345)),
        row_of("Keras Sequence, 2 processes", (11000, 11111)),
        {"name": "torch DataLoader", "resampling": "bilinear", "error": "no module [torch] " * 9},
    ]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(views.table(rows, ""))
    shown = console.export_text()

    assert "…" not in shown
    assert 9 == shown.count("[torch]")
    assert "12,345" in shown
    assert {"Sequence,", "processes", "bicubic"} <= set(shown.split())


@pytest.mark.parametrize("name", ["refloader, cache", "refloader, plain bilinear"])
def test_other_work_may_be_faster_than_the_limit(name: str) -> None:
    """What does not decode, or resizes in another way, is not measured by that limit."""
    assert not row_of(name, (100, 193))["doubtful"]


def test_one_that_fails_is_told() -> None:
    """A competitor that cannot run has its error in place of figures."""
    results = [{LIMIT: figures(5), REFERENCE: {"error": "it broke"}}]
    row = rounds.summary(results, [REFERENCE])[0]

    assert "it broke" == row["error"]
    assert "error" not in views.chart([row], "title")


def test_quick_run_times_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command times each chosen way in a process of its own and says how many files it took."""
    corpus = corpora.CORPORA["small"]._replace(quick=70)
    monkeypatch.setitem(corpora.CORPORA, "small", corpus)
    json_file, chart = tmp_path / "figures.json", tmp_path / "chart.svg"
    options = ["--corpus", "small", "--quick", "--only", "limit", "--only", "inline"]
    files = ["--folder", str(tmp_path), "--json", str(json_file), "--chart", str(chart)]
    done = CliRunner().invoke(main, ["bench", *options, *files])
    result = json.loads(json_file.read_text())

    assert (0, 70) == (done.exit_code, result["corpus"]["files"])
    assert [LIMIT, "refloader, inline"] == [row["name"] for row in result["rows"]]
    assert [70] * 2 == [one["second"]["images"] for one in result["results"][0].values()]
    assert chart.read_text().startswith("<svg")


def test_feeding_fit_needs_a_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one nothing is timed, and the refusal says why."""
    monkeypatch.setattr("refloader.frameworks.installed.installed", lambda: None)
    done = CliRunner().invoke(main, ["bench", "--into", "fit", "--folder", str(tmp_path)])

    assert 2 == done.exit_code
    assert "needs a Keras" in done.output


def test_unknown_name_is_refused(tmp_path: Path) -> None:
    """A part of no name is answered with the names."""
    done = CliRunner().invoke(main, ["bench", "--only", "nothing", "--folder", str(tmp_path)])

    assert 2 == done.exit_code
    assert LIMIT in done.output


def test_every_name_belongs_to_installed_packages() -> None:
    """Without a framework there are the limit and the reference loader."""
    names = competitors.installed()

    assert {LIMIT, REFERENCE, "refloader, processes"} <= set(names)


def test_figures_stay_until_there_are_new_ones(tmp_path: Path) -> None:
    """A run that does not come to its end leaves the figures of the one before."""
    kept = tmp_path / "figures.json"
    kept.write_text("{}", encoding="utf-8")
    done = CliRunner().invoke(main, ["bench", "--only", "no such way", "--json", str(kept)])

    assert 2 == done.exit_code
    assert "{}" == kept.read_text(encoding="utf-8")


def test_an_interrupted_run_has_written_its_whole_rounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was timed before the interrupt is not lost, and no part of a round counts."""
    kept = tmp_path / "figures.json"
    timed = iter([figures(10), figures(8), figures(11)])

    def one_of_them(*_: Any) -> Dict[str, Any]:
        try:
            return next(timed)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(rounds, "_one", one_of_them)
    monkeypatch.setitem(corpora.CORPORA, "small", corpora.CORPORA["small"]._replace(quick=2))
    options = [
        "--corpus",
        "small",
        "--quick",
        "--rounds",
        "3",
        "--only",
        "limit",
        "--only",
        "inline",
    ]
    CliRunner().invoke(main, ["bench", *options, "--folder", str(tmp_path), "--json", str(kept)])
    written = json.loads(kept.read_text(encoding="utf-8"))

    assert 1 == written["rounds"] == len(written["results"])
    assert [10, 8] == [row["second.rate"] for row in written["rows"]]
