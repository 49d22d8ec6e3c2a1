"""Samples that are drawn with replacement by several ranks: by one of them at least."""

from __future__ import annotations

from typing import Iterable, List, Optional

from refloader.contract.chapters.drawing import reached
from refloader.contract.judging.questions import of_all_ranks
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy

N, WORLD = 4, 2


def drawn(phase: str, ids: Iterable[int]) -> List[Event]:
    """Return the deliveries of one sample each."""
    return [Event(phase, 0, at, Batch("(x, y)", (), (one,))) for at, one in enumerate(ids)]


def told(*by_ranks: Event) -> Optional[str]:
    """Return what is said where a loader alone draws all samples, and ranks draw so."""
    events = (*drawn("epoch", range(N)), *by_ranks)
    policy = Policy.of(sampling="with-replacement", shuffle=True, shards=True)
    return reached(Ledger("uniform", Scenario(N, 1), events), policy)


def test_each_rank_may_draw_from_its_share() -> None:
    """What one rank never draws is another's."""
    phase = of_all_ranks(WORLD)
    assert told(*drawn(phase, [0, 2, 0]), *drawn(phase, [1, 3, 3])) is None


def test_a_share_that_is_no_ranks_is_told() -> None:
    """Samples that none of the ranks draws are named."""
    phase = of_all_ranks(WORLD)
    said = told(*drawn(phase, [0, 2, 0]), *drawn(phase, [2, 2, 0]))

    assert said == "none of 2 ranks ever draws samples 1 and 3 in 1 epochs"


def test_without_ranks_nothing_is_told() -> None:
    """A loader of which no rank was read, or whose ranks fail, is judged elsewhere."""
    failed = Event(of_all_ranks(WORLD), 0, 0, error="OSError: gone", error_type="OSError")
    assert told() is None
    assert told(failed, *drawn(of_all_ranks(WORLD), [0])) is None
