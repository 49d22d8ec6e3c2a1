"""Ranks beside a bad file that weighs nothing, by declaration."""

from __future__ import annotations

from typing import Optional, Tuple

import pytest

from refloader.contract.judging.bad_ranks import (
    IN_TURN,
    blank_of_ranks,
    masked_phase,
    not_masked_by_ranks,
)
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy

N, BAD = 3, 1
POLICY = Policy.of(on_bad_sample="mask", shards=True)
PHASES = [masked_phase(BAD, rank, 2) for rank in range(2)]
FAILED = Event(PHASES[1], 0, 0, error="OSError: 1.png", error_type="OSError")


def rows(rank: int, *ids: Optional[int], weights: Tuple[float, ...]) -> Event:
    """Return the only batch of a rank."""
    return Event(PHASES[rank], 0, 0, Batch("(x, y, sample_weight)", (), ids, weights=weights))


def ledger(*events: Event) -> Ledger:
    """Return the record of two ranks beside the bad sample."""
    facts = {IN_TURN: {BAD: PHASES}, "n in turn": N}
    return Ledger("bad-shards", Scenario(13, 4), events, facts=facts)


def test_a_bad_row_and_a_filler_weigh_nothing() -> None:
    """A row of no sample with weight 0 is what was declared, on whatever rank."""
    right = ledger(rows(0, 0, 2, weights=(1, 1)), rows(1, None, weights=(0,)))

    assert not_masked_by_ranks(right, POLICY) is None
    assert blank_of_ranks(right, POLICY) is None


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((rows(0, 0, 2, weights=(1, 1)), FAILED), "1.png"),
        ((rows(0, 0, weights=(1,)), rows(1, None, weights=(0,))), "sample 2 went"),
    ],
    ids=["raises", "loses another"],
)
def test_a_rank_that_does_not_mask_is_told(events: Tuple[Event, ...], words: str) -> None:
    """A rank may not raise at the bad file, nor lose another sample with it."""
    assert words in str(not_masked_by_ranks(ledger(*events), POLICY))


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((rows(0, 0, 2, weights=(1, 1)), rows(1, None, weights=(1,))), "row 0 of batch 0"),
        ((rows(0, 0, 2, weights=(1, 1)), rows(1, 2, weights=(1,))), "sample 2 comes twice"),
    ],
    ids=["blank", "stale"],
)
def test_a_row_that_weighs_in_its_place_is_told(events: Tuple[Event, ...], words: str) -> None:
    """Neither a blank picture nor another sample has weight where the bad one would be."""
    assert words in str(blank_of_ranks(ledger(*events), POLICY))
