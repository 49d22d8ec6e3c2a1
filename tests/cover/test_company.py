"""What a sample is delivered as beside others: further inputs, and what has a value for each step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional, Tuple

import pytest

from refloader.contract.judging.beside import has_steps, steps_apart
from refloader.contract.judging.company import inputs_apart, padded_otherwise
from refloader.contract.ledger import Batch, Event, Leaf, Ledger, Scenario

LONG = (3, 0, 29, 29)
SCENARIO = Scenario(4, 2)


def of(*batches: Batch, phases: Tuple[str, ...] = ("epoch", "at once")) -> Ledger:
    """Return a ledger of batches, each in its phase."""
    events = [
        Event(phase, 0, index, batch) for index, (phase, batch) in enumerate(zip(phases, batches))
    ]
    return Ledger("blank-sample", SCENARIO, tuple(events))


def beside(*companions: Any, ids: Tuple[int, ...] = (0,)) -> Batch:
    """Return a batch of samples, each with what stands in a further input."""
    return Batch("(x, y)", (), ids, companions=tuple((one,) for one in companions))


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ((3.0, 0.0), (3.0, 0.0, 29.0, 29.0), None),
        ((0.0,), (0.0, 29.0), None),
        ((3.0, 4.0), (3.0, 4.0, 0.0, 0.0), None),
        ((0.0, 3.0, 4.0), (3.0, 4.0), None),
        ((3.0, 4.0), (3.0, 4.0, 5.0, 6.0), "sample 0 has [3, 4]"),
        ((3.0, 4.0), (3.0, 4.0, 4.0), "sample 0 has [3, 4]"),
        ((3.0, 4.0), (3.0, 5.0, 29.0), "sample 0 has [3, 4]"),
        (2.0, 3.0, "sample 0 has 2 in a further input"),
    ],
)
def test_what_is_padded_is_the_same_and_what_is_cut_is_not(
    first: Any, second: Any, told: Optional[str]
) -> None:
    """It may be filled up with any one value, as labels are by the blank of CTC."""
    said = padded_otherwise(of(beside(first), beside(second)))

    assert said is None if told is None else told in (said or "")


@pytest.mark.parametrize(
    ("batches", "told"),
    [
        ([((5.0, 0.0), (0, 1)), ((6.0, 0.0), (1, 0))], "sample 1 has 0 in a further input"),
        ([((5.0, 6.0), (0, 1)), ((6.0, 5.0), (1, 0))], None),
        ([((0.0, 1.0), (0, 1)), ((0.0, 1.0), (1, 0))], None),
    ],
    ids=["the first row alone", "each row", "positions"],
)
def test_a_further_input_is_the_sample_s_wherever_it_stands(
    batches: Any, told: Optional[str]
) -> None:
    """What is told by the place alone is no sample's."""
    events = [
        Event("epoch", epoch, 0, beside(*values, ids=ids))
        for epoch, (values, ids) in enumerate(batches)
    ]
    said = inputs_apart(Ledger("epochs", SCENARIO, tuple(events)))

    assert said is None if told is None else told in (said or "")


def sequences(y: Any, padding: Any, companions: Any = ()) -> Ledger:
    """Return a ledger of one batch of two sequences of four steps."""
    leaves = (Leaf("x", "float32", (2, 4, 7)), Leaf("y", "int64", (2, len(y[0]))))
    targets = tuple((row,) for row in y)
    batch = Batch("(x, y)", leaves, (0, 1), padding=padding, targets=targets, companions=companions)
    return of(batch)


IN_FRONT = ((0, 1), (0,))


@pytest.mark.parametrize(
    ("y", "apart"),
    [
        (((0, 0, 2, 3), (0, 4, 5, 6)), False),
        (((-100, -100, 2, 3), (-100, 4, 5, 6)), False),
        (((2, 3, 0, 0), (4, 5, 6, 0)), True),
        (((2, 2, 2, 2), (4, 4, 4, 4)), False),
    ],
    ids=["as x", "by another value", "behind", "one value"],
)
def test_y_of_steps_is_padded_where_x_is(y: Any, apart: bool) -> None:  # noqa: FBT001 - a case
    """What belongs to a step of x does not stand beside its padding."""
    made = sequences(y, IN_FRONT)

    assert apart == bool(steps_apart(made))
    assert has_steps(made)


def test_a_mask_is_turned_with_its_sequences() -> None:
    """Of further inputs those are asked that are made of zeros and ones; places are told by no padding."""
    in_front = ((0, 1, 2), (0,))
    behind = (((1.0, 0.0, 0.0, 0.0),), ((1.0, 1.0, 1.0, 0.0),))
    before = (((0.0, 0.0, 0.0, 1.0),), ((0.0, 1.0, 1.0, 1.0),))
    places = (((0.0, 1.0, 2.0, 3.0),), ((0.0, 1.0, 2.0, 3.0),))
    y = ((7,), (8,))

    assert "a mask beside x is 0 and 1" in str(steps_apart(sequences(y, in_front, behind)))
    assert steps_apart(sequences(y, in_front, before)) is None
    assert steps_apart(sequences(y, in_front, places)) is None
    assert not has_steps(sequences(y, IN_FRONT))


def test_steps_are_compared_where_they_are_counted():
    """A row that is a whole batch, as joined graphs are, has none that are counted."""
    short, long, joined = (replace(beside(0.0), steps=steps) for steps in ((2,), (3,), ()))

    assert "sample 0 has 2 of its steps" in (padded_otherwise(of(short, long)) or "")
    assert padded_otherwise(of(short, joined)) is None
