"""Whether the values of all samples are of one scale."""

from __future__ import annotations

import pytest

from refloader.contract.judging.rows import known_rows
from refloader.contract.judging.scales import FAINT, scaled_by_itself, spans_apart
from refloader.contract.ledger import Batch, Event, Ledger, Scenario

NAN = float("nan")


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        pytest.param((1, 2), None, id="not more than that"),
        pytest.param((1, 2.1), "sample 0 span 1 at first, and those of sample 1 2.1", id="more"),
        pytest.param((2.1, 1), "sample 0 span 2.1 at first, and those of sample 1 1", id="less"),
        pytest.param((0, 5), None, id="the first is of one value"),
        pytest.param((5, 0), None, id="another is of one value"),
        pytest.param((1, NAN), None, id="one has no number"),
        pytest.param((), None, id="no spans"),
    ],
)
def test_a_sample_of_another_scale_than_the_first_is_told(spans, told):
    """By how many times its values span as much, or the reverse; those of one value have no scale."""
    batch = Batch("(x, y)", (), (0, 1), spans=spans)
    rows = known_rows(Ledger("epochs", Scenario(2, 2), (Event("epoch", 0, 0, batch),)))

    found = spans_apart(rows, 2)

    assert found == (told and f"the values of {told} in batch 0 of epoch 0")


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        pytest.param((1, 0.5, 1), True, id="taken for scaled already"),
        pytest.param((1, 0.5, 0.004), False, id="scaled as the others"),
        pytest.param((1, 1, 1), False, id="each stretched by itself"),
        pytest.param((1, 0.5, 0), False, id="nothing is left of it"),
        pytest.param((0, 0, 0), False, id="no contrast anywhere"),
    ],
)
def test_a_faint_picture_is_scaled_as_others_are(spans, told):
    """Where half of the contrast is delivered as half, almost none is not delivered as all of it."""
    batch = Batch("(x, y)", (), (0, 1, 2), spans=spans, turns=(0, 0, 0))
    ledger = Ledger(
        "blank-sample",
        Scenario(3, 3),
        (Event(FAINT, 0, 0, batch),),
        facts={"half": 1, FAINT: 2},
    )

    assert bool(scaled_by_itself(ledger)) == told
