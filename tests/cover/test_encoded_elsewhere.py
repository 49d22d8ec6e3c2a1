"""Codes of classes that are others in the next run."""

from __future__ import annotations

import pytest

from refloader.contract.judging.parts import BUILT, HASH_SEEDS
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find

LABELS = [0, 0, 1, 1, 2]


def said(one, other, **policy):
    """Return what is said of a y for each sample, of loaders built in two fresh processes."""
    events = tuple(
        Event(
            phase, 0, 0, Batch("(x, y)", (), tuple(range(5)), targets=tuple((y,) for y in targets))
        )
        for phase, targets in zip(map(BUILT.format, HASH_SEEDS), (one, other))
    )
    ledger = Ledger("pickling", Scenario(5, 5), events, facts={"labels": LABELS})
    return find("pairing.encoding").judge(ledger, Policy.of(**policy))


def test_classes_that_another_process_numbers_otherwise_are_told():
    """A set of strings has another order in each run."""
    assert said([0, 0, 1, 1, 2], [1, 1, 0, 0, 2]).startswith("label 0 is encoded as 0, and as 1 by")


@pytest.mark.parametrize(
    ("other", "policy"),
    [
        pytest.param([0, 0, 1, 1, 2], {}, id="the same codes"),
        pytest.param([5, 5, 6, 7, 8], {}, id="one label with several"),
        pytest.param([0, 0, 1, 1, 3], {}, id="a label of one sample, which may be its own"),
        pytest.param([1, 1, 0, 0, 2], {"targets": "own"}, id="targets of their own"),
    ],
)
def test_what_is_no_code_of_classes_is_left_alone(other, policy):
    """Nothing is told of what one code for each label does not explain in both processes."""
    assert said([0, 0, 1, 1, 2], other, **policy) is None


#: Of three classes, one-hot; smoothed; and blended with what one batch has drawn.
PLAIN, SMOOTHED, BLENDED = (
    [tuple(share if one == label else (1 - share) / 2 for one in range(3)) for label in range(3)]
    for share in (1.0, 0.9, 0.98)
)


@pytest.mark.parametrize(
    ("codes", "others", "told"),
    [
        pytest.param(PLAIN, BLENDED, False, id="blended in the other process alone"),
        pytest.param(SMOOTHED, BLENDED, False, id="blended with other shares"),
        pytest.param(SMOOTHED, SMOOTHED[::-1], True, id="smoothed, and of other classes"),
    ],
)
def test_shares_that_are_drawn_are_no_codes(codes, others, told):
    """Where a batch happens to be blended (mixup), each of its labels has one y, which is no code."""
    one, other = ([found[label] for label in LABELS] for found in (codes, others))

    assert bool(said(one, other, augment=True)) == told
