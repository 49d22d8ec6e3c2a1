"""What goes on after a saved position where files are bad, which are left out or weigh nothing."""

from __future__ import annotations

from typing import List, Optional, Tuple

import pytest

from refloader.contract.chapters.resume import BESIDE, exact, place
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy

POINT = (0, 1)
DUE, GOT = (f"{what} {BESIDE}{place(POINT)}" for what in ("saved", "restored"))
POLICY = Policy.of(resumable=True, on_bad_sample="mask")


def event(phase: str, *ids: Optional[int], weights: Optional[Tuple[float, ...]] = None) -> Event:
    """Return the delivery of a batch of these samples; without any, an error."""
    if not ids:
        return Event(phase, 0, None, error="OSError: bad.png", error_type="OSError")
    return Event(phase, 0, None, Batch("(x, y)", (), tuple(ids), weights=weights))


def told(*events: Event) -> Optional[str]:
    """Return what is said of a drive with these events."""
    return exact(Ledger("resumed", Scenario(13, 3), events, facts={"points": [POINT]}), POLICY)


@pytest.mark.parametrize(
    "events",
    [
        [event(DUE, 1, 2), event(GOT, 1, 2)],
        [
            event(DUE, 1, 2, None, weights=(1, 1, 0)),
            event(GOT, 1, 2, 3, weights=(1, 1, 0)),
        ],
        [event(DUE), event(GOT, 1, 2)],
        [event(DUE)],
    ],
    ids=["the same", "another blank row", "nothing but bad files", "bad files before it"],
)
def test_what_is_due_comes(events: List[Event]) -> None:
    """The same rows with weight are right; at a batch of nothing but bad files the comparison ends."""
    assert told(*events) is None


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([event(DUE, 1, 2), event(GOT, 2, 3)], "samples [2, 3]"),
        ([event(DUE, 1, 2), event(GOT, 1, 2), event(GOT, 3, 4)], "delivers 2 batches"),
        ([event(DUE, 1, 2), event(GOT)], "bad.png"),
        ([event(DUE, 1, 2), event(DUE)], "bad.png"),
    ],
    ids=["others", "too many", "an error", "a state that cannot be saved"],
)
def test_what_is_not_due_is_told(events: List[Event], words: str) -> None:
    """Other rows, another number of batches, and errors after good batches are told of."""
    assert words in str(told(*events))
