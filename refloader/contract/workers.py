"""Chapter workers: several readers at once give what one gives."""

from __future__ import annotations

from typing import Any, List, Optional

from refloader.contract.drives import INTERLEAVED, THREADS, TRAINING
from refloader.contract.judging import (
    difference,
    missing,
    quote,
    real_rows,
    repeated,
    same,
    samples,
)
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

INDEXED = unless("kind", "sequence", because="only an indexable loader is read by several workers")
COUNTED = unless(
    "sampling", "exactly-once", because="samples are drawn with replacement, as declared"
)


@requirement(
    "workers.thread-safe",
    statement="Concurrent reads give what sequential reads give, under every interleaving explored.",
    reason="Worker threads share one loader; an attribute that one sets and another reads in between "
    "mixes the samples of two batches.",
    fix="Keep what belongs to one batch in local variables, not on self.",
    drives=(INTERLEAVED, THREADS),
    needs=("two batches",),
    incidents=("kpp#271", "keras#1638", "Mask_RCNN#495"),
    exempt=(INDEXED,),
)
def thread_safe(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each batch read beside other readers is the batch that was read alone."""
    alone = {(event.epoch, event.index): event.batch for event in ledger.phase("alone")}
    for event in ledger.phase("interleaved", "epoch"):
        first = alone.get((event.epoch, event.index))
        if first is None:
            continue
        if event.batch is None:
            return f"beside another reader, {quote(event)}{_schedule(ledger)}"
        if not same(first, event.batch, policy):
            found = difference(first, event.batch)
            return f"batch {event.index} gives {found} beside another reader{_schedule(ledger)}"
    return None


def _schedule(ledger: Ledger) -> str:
    switches: List[Any] = ledger.facts.get("switches", [])
    return "; " + ", then ".join(switches[:4]) if switches else ""


@requirement(
    "workers.no-loss",
    statement="With worker threads or processes an epoch delivers every batch.",
    reason="What one worker drops nobody else delivers, and the epoch is merely shorter.",
    fix="Share out indexes, not data; keep no state that one worker changes and another needs.",
    drives=(TRAINING,),
    needs=("two batches", "two epochs"),
    incidents=("keras#6586", "keras#20032"),
    exempt=(INDEXED, COUNTED),
)
def no_loss(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each pass that workers served holds every sample."""
    allowed = ledger.scenario.remainder if policy.tail == "drop" else 0
    for events in ledger.passes(ledger.facts["role"]) if ledger.facts.get("workers") else []:
        lost = missing(real_rows(events, ledger, policy), ledger.scenario.n)
        if len(lost) > allowed:
            return f"the workers did not deliver {samples(lost)} in epoch {events[0].epoch}"
    return None


@requirement(
    "workers.no-duplicate",
    statement="With worker threads or processes no batch is delivered twice in an epoch.",
    reason="A batch that two workers deliver counts double, and another is missing for it.",
    fix="Let the index alone say what is in the batch.",
    drives=(TRAINING,),
    needs=("two batches", "two epochs"),
    incidents=("keras#6586", "Mask_RCNN#514"),
    exempt=(INDEXED, COUNTED),
)
def no_duplicate(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No pass that workers served holds a sample twice."""
    for events in ledger.passes(ledger.facts["role"]) if ledger.facts.get("workers") else []:
        for sample, times in repeated(real_rows(events, ledger, policy)):
            return f"the workers delivered sample {sample} {times} times in epoch {events[0].epoch}"
    return None
