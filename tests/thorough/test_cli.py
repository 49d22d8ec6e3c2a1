"""The command line says what was wrong and what to do, and its exit code says what came out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import psutil
import pytest
from click.testing import CliRunner
from loaders_folder import LOADERS
from snapshot_files import expect

import refloader
from refloader.cli import main
from refloader.cli.options import HELP
from refloader.contract.policy import CHOICES
from refloader.contract.requirement import CATALOGUE
from refloader.reporting import jsonl

Run = Callable[..., Any]


@pytest.fixture(name="run")
def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command line in a folder with the file loaders.py."""
    (tmp_path / "loaders.py").write_text(LOADERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield lambda *arguments: CliRunner().invoke(main, arguments, prog_name="refloader")
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_a_kept_contract_exits_with_0(run: Run, tmp_path: Path) -> None:
    """What was judged is listed and counted, and the record is complete."""
    result = run(
        "check", "loaders:make", "--only", "protocol.length", "--only", "shuffling.seeded",
        "--jsonl", "run.jsonl",
    )  # fmt: skip
    record = jsonl.read(tmp_path / "run.jsonl")

    assert "1 pass, 1 not-applicable\nran 1 of 2 requirements\n" in result.output
    assert 0 == result.exit_code
    assert ("loaders:make", "arrays") == (
        record.header["subject"],
        record.header["policy"]["samples"],
    )
    assert ["protocol.length", "shuffling.seeded"] == [one.requirement for one in record.results]


def test_a_broken_contract_exits_with_1(run: Run) -> None:
    """The failure is shown with its witness, and a declared deviation is none."""
    broken = run("check", "loaders.py:make_dropping", "--only", "coverage.no-loss")
    declared = run(
        "check", "loaders.py:make_dropping", "--only", "coverage.no-loss", "--tail", "drop"
    )

    assert "n=3, batch_size=2: sample 2 is never delivered in epoch 0 [epochs]" in _unwrapped(
        broken
    )
    assert (1, 0) == (broken.exit_code, declared.exit_code)


def test_a_waived_failure_exits_with_0(run: Run) -> None:
    """A requirement that may be broken for a reason is listed with it, and breaks nothing."""
    result = run(
        "check", "loaders:make_dropping", "--only", "coverage.tail", "--waive",
        "coverage.tail=until issue 12",
    )  # fmt: skip

    assert "waived         coverage.tail                  until issue 12" in result.output
    assert 0 == result.exit_code


def test_a_waiver_that_is_not_needed_exits_with_2(run: Run) -> None:
    """A waiver outlives its reason only until the next run."""
    result = run(
        "check", "loaders:make", "--only", "protocol.length", "--waive", "protocol.length=late"
    )

    assert "waived (late), but it is kept: remove the waiver" in result.output
    assert 2 == result.exit_code


def test_a_run_in_which_nothing_was_judged_exits_with_2(run: Run) -> None:
    """Nothing passes without having run."""
    result = run("check", "loaders:make", "--only", "shuffling.seeded")

    assert "ran 0 of 1 requirements" in result.output
    assert 2 == result.exit_code


def test_a_hang_exits_with_3(run: Run) -> None:
    """A loader that stands still is shown with the line where it waits."""
    result = run("check", "loaders:make_stuck", "--only", "coverage.no-loss")

    assert "hang           coverage.no-loss" in result.output
    assert "loaders.py" in result.output
    assert "in __getitem__" in result.output
    assert 3 == result.exit_code


def test_a_hang_before_judging_exits_with_3(run: Run) -> None:
    """A loader that stands still at its first batch is a hang too, and no traceback."""
    result = run("check", "loaders:make_stuck_at_once")

    assert "loaders:make_stuck_at_once hangs before anything is judged" in result.output
    assert "Traceback" not in result.output
    assert 3 == result.exit_code


WRONG_CALLS = {
    "no colon": ("check", "loaders"),
    "no such module": ("check", "loader:make"),
    "no such file": ("check", "loader.py:make"),
    "no such name": ("check", "loaders:maek"),
    "nothing like it": ("check", "loaders:qqqq"),
    "not callable": ("check", "loaders:LIMIT"),
    "a module that raises": ("check", "raising:make"),
    "a module with an error": ("check", "wrong.py:make"),
    "a module that exits": ("check", "exiting:make"),
    "a module that lacks another": ("check", "lacking:make"),
    "another signature": ("check", "loaders:make_of_two"),
    "no such identify": ("check", "loaders:make", "--identify", "loaders:id_of"),
    "no such slug": ("check", "loaders:make", "--only", "coverage.no-los"),
    "no such chapter": ("check", "loaders:make", "--skip", "coverag"),
    "nothing left": ("check", "loaders:make", "--only", "coverage", "--skip", "coverage"),
    "no such value": ("check", "loaders:make", "--tail", "dorp"),
    "a waiver without a reason": ("check", "loaders:make", "--waive", "coverage.tail"),
    "an empty reason": ("check", "loaders:make", "--waive", "coverage.tail= "),
    "a waiver of nothing": ("check", "loaders:make", "--waive", "coverage.tial=x"),
    "a record nowhere": ("check", "loaders:make", "--jsonl", "none/run.jsonl"),
    "no such command": ("chekc", "loaders:make"),
    "no such requirement": ("spec", "coverage.los"),
}


def test_wrong_calls_end_in_one_clear_message(run: Run, tmp_path: Path) -> None:
    """Each says what was wrong, what was expected and what is nearest; the exit code is 2."""
    (tmp_path / "raising.py").write_text("LIMITS = {}\nLIMITS['top']\n", encoding="utf-8")
    (tmp_path / "wrong.py").write_text("x = 1\ndef make(:\n    pass\n", encoding="utf-8")
    (tmp_path / "exiting.py").write_text("raise SystemExit('bye')\n", encoding="utf-8")
    (tmp_path / "lacking.py").write_text("import no_such_library\n", encoding="utf-8")
    said = {}
    codes = set()
    for name, arguments in WRONG_CALLS.items():
        result = run(*arguments)
        codes.add(result.exit_code)
        text = result.output.replace(str(tmp_path), "HERE")
        said[name] = "".join(
            line for line in text.splitlines(keepends=True) if line.startswith("Error")
        )
    shown = "".join(f"# {name}\n{text}" for name, text in said.items())

    assert {2} == codes
    expect("wrong-calls", shown)


def test_messages_go_to_standard_error(run: Run, tmp_path: Path) -> None:
    """The report can be piped away without losing the message; `python -m refloader` works."""
    process = _started(tmp_path, "check", "loaders:maek")
    out, err = process.communicate()

    assert run is not None
    assert "" == out
    assert "Error: module 'loaders' has no 'maek': did you mean 'make'?\n" == err
    assert 2 == process.returncode


@pytest.mark.parametrize(
    ("number", "more"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGTERM, 20)]
)
def test_an_interrupt_shows_what_was_judged_and_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, more: int
) -> None:
    """Control-C, or a build that is cancelled, ends all processes: code 130, a record without footer.

    `timeout` and many builds send SIGTERM more than once: it is cleaned up all the same.
    """
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    process = _started(
        tmp_path, "check", "loaders:make_stuck", "--only", "protocol.bounds", "--only",
        "coverage.no-loss", "--jsonl", "run.jsonl",
    )  # fmt: skip
    assert process.stdout is not None
    seen = next(line for line in process.stdout if "protocol.bounds" in line)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    for _ in range(more):
        time.sleep(0.01)
        process.send_signal(number)
    out, err = process.communicate()
    lines = (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()

    assert run is not None
    assert "pass" in seen
    assert "interrupted, ran 1 of 2 requirements, at coverage.no-loss\n" in out
    assert "" == err
    assert 130 == process.returncode
    assert children
    assert [] == [child for child in children if _alive(child)]
    assert [] == list(scratch.iterdir())
    assert 2 == len(lines)


def _alive(process: psutil.Process) -> bool:
    """Say whether a process runs; one that only waits to be buried by its new parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_identify_names_a_function(run: Run) -> None:
    """The ids come from the user's function where one is named."""
    result = run(
        "check", "loaders:make", "--identify", "loaders:ids_of", "--only", "coverage.no-repeat"
    )

    assert "no identity could be recovered by identify=" in result.output
    assert 2 == result.exit_code


def test_the_module_of_a_path_is_imported_by_its_package(run: Run, tmp_path: Path) -> None:
    """A file in a package may use relative imports."""
    package = tmp_path / "project" / "data"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("", encoding="utf-8")
    (package / "slices.py").write_text(LOADERS, encoding="utf-8")
    (package / "build.py").write_text("from .slices import make\n", encoding="utf-8")
    result = run("check", "project/data/build.py:make", "--only", "protocol.length")

    assert 0 == result.exit_code


def test_every_policy_field_is_an_option(run: Run) -> None:
    """A field that is added to the policy needs its option."""
    shown = run("check", "--help").output

    assert set(CHOICES) == set(HELP)
    assert all(f"--{field.replace('_', '-')}" in shown for field in CHOICES)


def test_a_module_beside_the_loader_can_be_traced(run: Run, tmp_path: Path) -> None:
    """It is looked for in the current directory, which the installed command has not on its path."""
    (tmp_path / "read_by_loader.py").write_text("ROWS = 3\n", encoding="utf-8")
    sys.path[:] = [path for path in sys.path if path not in {"", str(tmp_path)}]
    traced = ("--trace", "read_by_loader", "--only", "protocol.length")

    assert 0 == run("check", "loaders:make", *traced).exit_code


def test_a_stream_by_name_is_told_how_it_is_judged(run: Run, tmp_path: Path) -> None:
    """What is only iterated over takes a function that builds it."""
    (tmp_path / "streams.py").write_text("stream = iter([])\n", encoding="utf-8")
    result = run("check", "streams:stream", "--n", "10")

    assert (2, True) == (result.exit_code, "with --kind generator" in result.output)


def test_the_help_says_what_a_factory_is(run: Run) -> None:
    """The help shows a factory and the meaning of each exit code."""
    shown = run("check", "--help").output

    assert "def make(samples, batch_size, seed):" in shown
    assert all(f"\n    {code} " in shown for code in (0, 1, 2, 3, 130))


def test_the_version_is_told(run: Run) -> None:
    """--version names the program and its version."""
    assert f"refloader, version {refloader.__version__}\n" == run("--version").output


def test_the_spec_lists_every_requirement(run: Run) -> None:
    """Without a name the whole contract is printed, with one chapter that chapter."""
    whole, chapter = run("spec").output, run("spec", "faults").output

    assert [] == [slug for slug in CATALOGUE if f"  {slug} (" not in whole]
    assert "faults.empty (MUST)" in chapter
    assert "coverage." not in chapter


def test_the_spec_of_a_requirement_tells_all(run: Run) -> None:
    """Statement, reason, drives, situations, fix and incidents are printed."""
    expect("spec", run("spec", "coverage.no-loss").output)


def _unwrapped(result: Any) -> str:
    """Return the output without the breaks of lines."""
    return " ".join(result.output.split())


def _started(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    here = {"PYTHONPATH": str(Path(refloader.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-m", "refloader", *arguments],
        cwd=str(folder),
        env={**os.environ, **here, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


@pytest.mark.usefixtures("run")
def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    """Not even the sockets of a fork server."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    only = ("--only", "workers.start-methods")
    process = _started(tmp_path, "check", "loaders:make", *only, TMPDIR=str(folder))
    output, _ = process.communicate()

    assert "ran 1 of 1 requirements" in output
    assert [] == list(folder.iterdir())


def test_an_exploration_draws_the_same_again_from_its_seed(run: Run) -> None:
    """A nightly run says from which seed it explored; given that, it is the same run."""
    first = run("check", "loaders:make_dropping", "--only", "coverage.tail", "--explore", "7")
    again = run("check", "loaders:make_dropping", "--only", "coverage.tail", "--explore", "7")

    assert "from seed 7: --explore 7 draws the same again" in first.output
    assert first.output == again.output


def test_a_seed_that_is_none_is_refused(run: Run) -> None:
    """What is neither 'new' nor a number is named."""
    result = run("check", "loaders:make", "--explore", "often")

    assert (2, True) == (result.exit_code, "'often' is neither 'new' nor a seed" in result.output)


@pytest.mark.parametrize("command", ["spec", "--help", "check --help"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_told_in_words(command: str, unbuffered: str) -> None:
    """What cannot be printed for want of room ends in one line, however much of it is still buffered."""
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        ended = subprocess.run(
            [sys.executable, "-m", "refloader", *command.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )

    assert (2, b"Error: no space is left: to print to\n") == (ended.returncode, ended.stderr)
