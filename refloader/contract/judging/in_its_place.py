"""What stands in the place of a row whose file is damaged."""

from __future__ import annotations

import math
from collections import Counter
from typing import List, Optional, Set, Tuple

from refloader.contract.judging.damage import damaged
from refloader.contract.judging.hidden import hidden
from refloader.contract.judging.questions import (
    expected_length,
    learnt,
    missing,
    without_fill,
)
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy


def silently_filled(ledger: Ledger, policy: Policy, phase: str) -> Optional[str]:
    """Tell of a row with weight that is no sample, or one that had come, in the reads of a phase."""
    came: Counter[int] = Counter()
    stale: List[str] = []
    events = ledger.phase(phase)
    # A stream that was ended by an error may begin its pass anew.
    begun = 0
    excused = _hidden_ones(events, ledger, policy)
    for event, rows in zip(events, without_fill(events, ledger, policy)):
        begun += event.error is not None and policy.kind == "generator"
        for row, sample in rows:
            if event.weight(row) == 0 or (id(event), row) in excused:
                continue
            if sample is None and row >= _rows_due(event, ledger, policy):
                # That is no sample of the data set whatever becomes of a file.
                continue
            if sample is None:
                return _blank(
                    ledger, f"row {row} of {event.where} is no sample, with ordinary weight"
                )
            if came[sample] > _times_due(came, ledger, policy, phase) + begun:
                stale.append(f"row {row} of {event.where} repeats sample {sample}")
            came[sample] += 1
    if ledger.facts.get("repeats anyway"):
        return None
    # Batches that are shuffled whole have their fill wherever the last one comes.
    elsewhere = policy.tail == "pad" and policy.shuffle and ledger.scenario.remainder
    allowed = ledger.scenario.batch_size - ledger.scenario.remainder if elsewhere else 0
    return _blank(ledger, stale[0]) if len(stale) > allowed else None


def _hidden_ones(events: List[Event], ledger: Ledger, policy: Policy) -> Set[Tuple[int, int]]:
    """Return the rows of the epochs in which no more of them are hidden than good samples are missing."""
    found: Set[Tuple[int, int]] = set()
    for epoch in {event.epoch for event in events}:
        read = [event for event in events if event.epoch == epoch]
        rows = {(id(event), row) for event in read for row in hidden(event.batch, policy)}
        absent = set(missing(learnt(read), ledger.scenario.n)).difference(damaged(ledger))
        found |= rows if len(rows) <= len(absent) else set()
    return found


def _rows_due(event: Event, ledger: Ledger, policy: Policy) -> float:
    """Return how many rows a batch has at most that is delivered by its index."""
    if event.index is None or policy.kind != "sequence" or policy.tail != "deliver":
        return math.inf
    last = event.index == expected_length(ledger.scenario, policy) - 1
    return (last and ledger.scenario.remainder) or ledger.scenario.batch_size


def _times_due(came: Counter[int], ledger: Ledger, policy: Policy, phase: str) -> float:
    """Return how often a sample may have come before it comes again.

    A stream that skips what is bad goes on into its next pass, and begins a later epoch in the middle of one.
    """
    if policy.sampling != "exactly-once":
        return math.inf
    if policy.kind != "generator":
        return 0
    good = set(range(ledger.scenario.n)) - set(damaged(ledger))
    return min((came[sample] for sample in good), default=0) + (phase != "epoch")


def _blank(ledger: Ledger, what: str) -> str:
    return f"{ledger.damage}, and {what}"
