"""A loader that has met a bad file, and its copy."""

from __future__ import annotations

from typing import List, Optional

from refloader.contract.chapters.pickling import mid_epoch
from refloader.contract.judging.damage import SENT
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy

BAD = 2


def told(first: List[Event], copy: List[Event], again: List[Event], **facts: str) -> Optional[str]:
    """Return what is said of a loader, its copy, and the loader again."""
    events = (*first, *copy, *again)
    known = {"bad": BAD, "damage": "truncated", "file": "2.png", **facts}
    ledger = Ledger("bad-files", Scenario(5, 2), events, facts=known)
    return mid_epoch(ledger, Policy.of(on_bad_sample="skip"))


def reads(which: int, *batches: List[int]) -> List[Event]:
    """Return the deliveries of one of them; no sample stands for an error."""
    return [
        Event(SENT[which], 0, at, Batch("(x, y)", (), tuple(ids)))
        if ids
        else Event(SENT[which], 0, at, error="OSError: 2.png", error_type="OSError")
        for at, ids in enumerate(batches)
    ]


def test_the_same_of_both_is_right() -> None:
    """What the copy gives is what the loader gives, errors too."""
    assert told(reads(0, [0, 1], []), reads(1, [0, 1], []), reads(2, [0, 1], [])) is None


def test_the_bad_sample_may_be_kept_by_one() -> None:
    """A loader may have the bad picture from before it was damaged, and its copy not."""
    kept = [BAD, 3]
    assert told(reads(0, kept), reads(1, [3]), reads(2, kept)) is None
    assert told(reads(0, kept), reads(1, []), reads(2, kept)) is None


def test_a_copy_that_differs_or_fails_is_told() -> None:
    """Other samples, and an error where the loader delivers, are told of."""
    mine = reads(0, [0, 1]), reads(2, [0, 1])

    assert "gives samples [3, 4]" in str(told(mine[0], reads(1, [3, 4]), mine[1]))
    assert "its copy fails" in str(told(mine[0], reads(1, []), mine[1]))


def test_a_loader_that_never_repeats_is_not_compared() -> None:
    """Where the loader itself gives other samples when it is read again, no copy can give the same."""
    assert told(reads(0, [0, 1]), reads(1, [3, 4]), reads(2, [1, 4])) is None


def test_one_that_cannot_be_sent_any_more_is_told() -> None:
    """The refusal is quoted."""
    said = told([], [], [], **{"refused beside a bad file": "TypeError: no reason"})
    assert "TypeError: no reason" in str(said)
