"""What a budget leaves out."""

from __future__ import annotations

from typing import Any

import pytest
import some_loaders

import refloader
from refloader.contract import drives
from refloader.contract.policy import Policy
from refloader.contract.verdict import UNAVAILABLE, VACUOUS
from refloader.driving.budget import PRICES, left_out

EVERYTHING = 1000.0
FILES = Policy(samples="frame")
ARRAYS = Policy(samples="arrays")


def test_every_drive_has_a_price() -> None:
    """No drive can be planned for whose cost nobody measured."""
    assert set(drives.DESCRIPTIONS) == set(PRICES)


def test_a_long_budget_leaves_nothing_out() -> None:
    """Where there is time for everything, everything is made."""
    assert frozenset() == left_out(EVERYTHING, PRICES, FILES)


def test_no_time_leaves_everything_out() -> None:
    """Less time than it takes to start makes no drive at all."""
    assert frozenset(PRICES) == left_out(1.0, PRICES, FILES)


def test_what_finds_most_a_second_comes_first() -> None:
    """In five seconds there is room for plain epochs, and none for training."""
    omitted = left_out(5.0, PRICES, FILES)

    assert (False, True) == (drives.EPOCHS in omitted, drives.TRAINING in omitted)


def test_arrays_are_cheaper_than_files() -> None:
    """A loader of arrays is driven in more ways than one of files in the same time."""
    assert left_out(4.0, PRICES, ARRAYS) < left_out(4.0, PRICES, FILES)


def test_a_requirement_without_its_drive_is_vacuous() -> None:
    """What the budget leaves out does not pass: it is said to be left out, and by what."""
    report = _judged(budget=1.6, only=("coverage.no-loss", "workers.start-methods"))
    said = {one.requirement: (one.verdict, one.reason) for one in report.results}

    assert (VACUOUS, "left out by the budget of 1.6 s") == said["workers.start-methods"]
    assert "pass" == said["coverage.no-loss"][0]


def test_what_no_budget_could_judge_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Keras it is the Keras that training lacks, however little time was given."""
    monkeypatch.setattr("refloader.omissions.installed", lambda: None)
    (result,) = _judged(budget=1.6, only="training.consumed-once").results

    assert (UNAVAILABLE, "no Keras is installed here") == (result.verdict, result.reason)


def test_a_report_names_what_was_left_out() -> None:
    """The head of the report says which drives the budget left out."""
    report = _judged(budget=1.6, only=("coverage.no-loss", "workers.start-methods"))

    assert "budget    1.6 s, leaving out processes" in str(report)


def _judged(**settings: Any) -> Any:
    return refloader.judge(some_loaders.factory(some_loaders.Slices), "arrays", **settings)
