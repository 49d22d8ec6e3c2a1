"""A project's own loader is held to the contract by three lines in its tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Callable
from xml.etree import ElementTree as ET

import psutil
import pytest
from test_cli import LOADERS

import refloader
from refloader.errors import AdapterError, UsageError

pytest_plugins = ["pytester"]

TESTS = f"""\
{LOADERS}

import refloader

test_contract = refloader.contract_tests(
    make_dropping,
    only=("coverage", "shuffling.seeded", "shuffling.stable-when-off"),
    waive={{"coverage.tail": "until issue 12"}},
)
test_lambda = refloader.contract_tests(
    lambda samples, batch_size, seed: Slices(*samples.arrays, batch_size),
    only="pickling.round-trip",
    waive={{"pickling.round-trip": "late"}},
)
test_adapter = refloader.contract_tests(make_of_two, only=("protocol.length", "coverage.tail"))
"""

Run = Callable[..., Any]


@pytest.fixture(name="run")
def _run(
    pytester: pytest.Pytester, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run pytest on TESTS in a process of its own, with refloader's plugin."""
    root = str(Path(refloader.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", root)
    monkeypatch.delenv("REFLOADER_KERAS", raising=False)
    pytester.mkdir("tests").joinpath("test_loader.py").write_text(TESTS, encoding="utf-8")
    installed = pytestconfig.pluginmanager.has_plugin("refloader")
    plugin = () if installed else ("-p", "refloader.pytest_plugin")

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*plugin, "--strict-markers", *arguments)

    return run


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_each_verdict_becomes_an_outcome(run: Run, mode: str) -> None:
    """Broken fails, waived is an expected failure, not applicable is skipped, the rest passes."""
    result = run(f"--import-mode={mode}", "-rA", "-k", "test_contract", "--junitxml=junit.xml")

    result.assert_outcomes(failed=1, passed=3, skipped=2, xfailed=1)
    result.stdout.fnmatch_lines([
        "refloader: *",
        "coverage.no-loss: fail",
        "  witness * n=3, batch_size=2: sample 2 is never delivered in epoch 0 *",
        "  blame * loader",
        "  MUST * Every sample is delivered in every epoch*",
        "  fix * Look at *",
        "SKIPPED * not-applicable: no order is promised for a seed",
        "XFAIL *test_contract?coverage.tail?*until issue 12",
    ])  # fmt: skip
    result.stdout.no_fnmatch_line("*Traceback*")


def test_cases_are_named_by_slug_and_marked(run: Run, pytester: pytest.Pytester) -> None:
    """-k, -m and --junitxml find the cases by slug and marker, which --strict-markers accepts."""
    result = run("-m", "refloader", "-k", "no-repeat", "--junitxml=junit.xml")
    names = [case.get("name") for case in ET.parse(pytester.path / "junit.xml").iter("testcase")]  # noqa: S314

    result.assert_outcomes(passed=1, deselected=9)
    assert ["test_contract[coverage.no-repeat]"] == names


def test_a_factory_may_be_a_lambda_and_a_waiver_must_be_needed(run: Run) -> None:
    """A factory that has no name is judged as any other; its stale waiver fails."""
    result = run("-k", "test_lambda")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*stale*waived (late), but it is kept: remove the waiver"])


def test_a_wrong_factory_fails_every_case_with_one_message(run: Run) -> None:
    """Each case says what is wrong with the factory, with the signature that is expected."""
    result = run("-k", "test_adapter")

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines([
        "test_loader:make_of_two: it is declared as (samples, batch_size); it is called as make*"
    ])  # fmt: skip
    result.stdout.no_fnmatch_line("*Traceback*")


def test_importlib_mode_from_another_folder(run: Run, pytester: pytest.Pytester) -> None:
    """The loader's process finds the test module where nothing was added to the import path."""
    elsewhere = pytester.mkdir("elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(elsewhere)
        result = run(
            "--import-mode=importlib", f"--rootdir={pytester.path}", str(pytester.path / "tests"),
            "-k", "test_contract and no-repeat",
        )  # fmt: skip

    result.assert_outcomes(passed=1, deselected=9)


def test_no_process_is_left_behind(run: Run) -> None:
    """When pytest ends, the processes in which the loader was driven have ended."""
    result = run("-k", "no-repeat")
    left = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "refloader.driving.processes.process" in (process.info["cmdline"] or ())
        and str(Path.cwd()) in str((process.info["environ"] or {}).get("PYTHONPATH"))
    ]

    result.assert_outcomes(passed=1, deselected=9)
    assert [] == left


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"only": "coverage.no-los"}, "did you mean 'coverage.no-loss'"),
        ({"skip": ("coverag",)}, "did you mean 'coverage'"),
        ({"only": "pairing", "skip": "pairing"}, "leave no requirement to judge"),
        ({"tial": "drop"}, "the policy has no field 'tial': did you mean 'tail'"),
        ({"tail": "dropped"}, "the policy's tail is one of"),
        ({"samples": "files"}, "the policy's samples is one of"),
        ({"waive": {"coverage.tial": "x"}}, "did you mean 'coverage.tail'"),
        ({"waive": {"coverage.tail": " "}}, "gives no reason"),
    ],
)
def test_a_wrong_call_is_refused_at_once(wrong: Any, message: str) -> None:
    """An unknown slug, chapter, field or value does not wait for the tests to run."""
    with pytest.raises(UsageError, match=message):
        refloader.contract_tests(len, **wrong)


def test_judge_returns_the_report() -> None:
    """From Python the same verdicts come as a report, which is its text too."""
    from some_loaders import DroppedTail, factory

    report = refloader.judge(factory(DroppedTail), tail="drop", only=("coverage.no-loss",))
    broken = refloader.judge(factory(DroppedTail), "arrays", only=("coverage.no-loss",))

    assert report.passed
    assert ["coverage.no-loss"] == [result.requirement for result in broken.broken]
    assert "1 fail\nran 1 of 1 requirements\n" in str(broken)


def test_judge_refuses_a_wrong_factory() -> None:
    """What is no factory of loaders is told, not judged."""
    with pytest.raises(AdapterError, match="it returned None"):
        refloader.judge(lambda *_: None, only="coverage")


def test_the_public_names_are_there() -> None:
    """Every public name can be had, and an unknown one is an AttributeError."""
    assert refloader.__all__ == dir(refloader)
    assert all(getattr(refloader, name) is not None for name in refloader.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'ImageLaoder'"):
        refloader.ImageLaoder  # type: ignore[attr-defined]  # noqa: B018


def test_importing_refloader_imports_nothing_heavy() -> None:
    """Neither the package nor pytest's plugin makes anybody wait for what is not used yet."""
    code = (
        "import sys, refloader, refloader.pytest_plugin; "
        "print(sorted({'numpy', 'pandas', 'PIL', 'hypothesis', 'pytest', 'rich', 'tensorflow'} "
        "& set(sys.modules)))"
    )
    root = str(Path(refloader.__file__).parents[1])
    loaded = subprocess.check_output(
        [sys.executable, "-c", code], cwd=root, universal_newlines=True
    )

    assert "[]\n" == loaded
