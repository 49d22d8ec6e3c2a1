"""What is said of a generator's next epoch after zeros were written into the batches before it."""

from __future__ import annotations

import pytest

from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find

NO_SAMPLE = None
TWO = {0: "cat", 1: "dog"}


def said(*epochs):
    """Return what is said of epochs of {sample: label}, the last one taken after writing."""
    events = [
        Event(
            "after writing" if epoch == len(epochs) - 1 else "before writing",
            epoch,
            0,
            Batch("(x, y)", (), tuple(rows), targets=tuple(rows.values())),
        )
        for epoch, rows in enumerate(epochs)
    ]
    made = Ledger("rereads", Scenario(3, 3), tuple(events), facts={"labels": [0, 1, 0]})
    return find("purity.caller-owned").judge(made, Policy.of(kind="generator"))


@pytest.mark.parametrize(
    ("epochs", "text"),
    [
        ((TWO, TWO, TWO), None),
        ((TWO, TWO, {1: "dog", 0: "cat"}), None),
        ((TWO, TWO, {0: "cat", 2: "cat"}), None),
        ((TWO, TWO, {0: "dog", 1: "dog"}), "sample 0 another label"),
        ((TWO, TWO, {0: "cat", NO_SAMPLE: "dog"}), "a row that is no sample"),
        (({0: "cat", NO_SAMPLE: "dog"}, TWO, {NO_SAMPLE: "dog"}), None),
        (({0: "cat"}, {0: "dog"}, {0: "bird"}), None),
        (({0: (1,)}, {0: (1,)}, {0: (1,), 2: (0,)}), None),
    ],
    ids=[
        "the same",
        "another order",
        "a sample that was left out before",
        "zeros in the labels",
        "zeros in the inputs",
        "rows that were no samples before",
        "labels that varied before",
        "another label, of a sample that was left out before",
    ],
)
def test_what_changed_is_told_and_what_varies_is_not(epochs, text):
    """Only what held in each epoch before the writing is asked of the one after it."""
    told = text and f"after writing into the delivered batches, batch 0 of epoch 2 gives {text}"

    assert told == said(*epochs)
