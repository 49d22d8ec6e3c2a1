"""Chapter workers: several readers at once give what one gives."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Tuple

from refloader.contract.drives import INTERLEAVED, PROCESSES, THREADS, TRAINING
from refloader.contract.exemptions import COUNTED, ORDERED
from refloader.contract.judging.questions import (
    delivered,
    difference,
    lost,
    may_be_same,
    missing,
    quote,
    real_rows,
    repeated,
    rows,
    same,
    samples,
    spared,
)
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

INDEXED = unless("kind", "sequence", because="only an indexable loader is read by several workers")


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
    if ledger.facts.get("so alone"):
        return "; and so it does to one reader who reads it twice"
    switches: List[Any] = ledger.facts.get("switches", [])
    return "; " + ", then ".join(switches[:4]) if switches else ""


@requirement(
    "workers.no-loss",
    statement="With worker threads or processes an epoch delivers every batch.",
    reason="What one worker drops nobody else delivers, and the epoch is merely shorter.",
    fix="Share out indexes, not data; keep no state that one worker changes and another needs.",
    drives=(PROCESSES, TRAINING),
    needs=("two batches", "two epochs"),
    incidents=("keras#6586", "keras#20032"),
    exempt=(INDEXED, COUNTED),
)
def no_loss(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each pass that workers served holds every sample."""
    allowed = spared(ledger, policy)
    for events in served(ledger):
        absent = lost(events, ledger, policy)
        if len(absent) > allowed and absent != missing(*_alone(events, ledger, policy)):
            return f"the workers did not deliver {samples(absent)} in epoch {events[0].epoch}"
    return None


@requirement(
    "workers.no-duplicate",
    statement="With worker threads or processes no batch is delivered twice in an epoch.",
    reason="A batch that two workers deliver counts double, and another is missing for it.",
    fix="Let the index alone say what is in the batch.",
    drives=(PROCESSES, TRAINING),
    needs=("two batches", "two epochs"),
    incidents=("keras#6586", "Mask_RCNN#514"),
    exempt=(INDEXED, COUNTED),
)
def no_duplicate(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No pass that workers served holds a sample twice."""
    for events in served(ledger):
        once = repeated(_alone(events, ledger, policy)[0])
        for sample, times in repeated(real_rows(events, ledger, policy)):
            if (sample, times) in once:
                continue
            return f"the workers delivered sample {sample} {times} times in epoch {events[0].epoch}"
    return None


@requirement(
    "workers.order",
    statement="If the loader does not shuffle, the batches that workers serve have the order of the "
    "indexes.",
    reason="Predictions are joined to rows by position. Each worker sees only its share of the indexes, "
    "and what it counts by itself is the position of no batch.",
    fix="Compute the rows from the index that was asked for, never from how often something was read.",
    drives=(PROCESSES, TRAINING),
    needs=("two batches", "two epochs"),
    incidents=("keras#5048", "keras#6745", "keras#6512"),
    exempt=(INDEXED, COUNTED, ORDERED),
)
def in_order(ledger: Ledger, policy: Policy) -> Optional[str]:
    """The batches that workers serve hold the samples that the indexes read alone hold."""
    for first, event in _beside(ledger):
        if event.batch is not None and not may_be_same(first.batch, event.batch, policy):
            due = rows(first.batch.ids)
            return f"{event.where} is {due}; workers deliver {rows(event.batch.ids)}"
    if ledger.facts.get("role") == "predict":
        wanted = delivered(ledger.phase("direct"))
        for got in map(delivered, served(ledger)):
            if sorted(map(str, got)) == sorted(map(str, wanted)) and got != wanted:
                return f"workers deliver {rows(got)}; read directly it is {rows(wanted)}"
    return None


@requirement(
    "workers.epoch-sync",
    statement="Workers serve the epoch that the trainer is in: none serves a stale or a future order.",
    reason="Workers are copies. A copy that leaves the epoch behind, or an epoch that is counted in reads "
    "which now happen elsewhere, serves one order for ever, or a mixture of two.",
    fix="Let the pickle hold the epoch and the order, and change them in `on_epoch_end` alone.",
    drives=(PROCESSES,),
    needs=("two batches", "two epochs"),
    incidents=("keras#9436", "keras#6586"),
    exempt=(INDEXED,),
)
def epoch_sync(ledger: Ledger, policy: Policy) -> Optional[str]:
    """After the hook workers serve what the parent would."""
    unlike = [
        event
        for first, event in _beside(ledger)
        # Neither an error nor other values of the same samples are another epoch's order.
        if event.batch is not None and not may_be_same(first.batch, event.batch, policy)
    ]
    if unlike and all(event.epoch > 0 for event in unlike):
        stale = f"under {ledger.facts['method']} the workers do not follow the epoch"
        return f"{stale}: {_compared(unlike[0], ledger)}"
    return None


@requirement(
    "workers.start-methods",
    statement="Worker processes deliver what one process does under fork, spawn and forkserver.",
    reason="Fork is the start method on older Linux only: elsewhere a worker starts empty and gets the "
    "loader as a pickle. Where that fails, training ends or hangs before its first batch.",
    fix="See pickling.*; keep what a batch needs on the loader, not in globals that a fork inherits; open "
    "files where they are read, in each process anew, or read them by os.pread.",
    drives=(PROCESSES,),
    needs=("two batches", "two epochs"),
    incidents=("keras#5071", "keras#10842", "Mask_RCNN#13"),
    exempt=(INDEXED,),
)
def start_methods(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Under this start method the loader reaches its workers, and they read what one reads."""
    method = f"under {ledger.facts['method']}"
    if ledger.facts.get("refused"):
        return f"{method} it cannot be sent to a worker: {ledger.facts['refused']}"
    for first, event in _beside(ledger):
        if _unlike(first, event, policy):
            return f"{method}, {_compared(event, ledger)}"
    for file in ledger.facts.get("moved_files", ()):
        return f"{method} all workers read on in one open {file}: what one of them seeks, another may read"
    return None


def served(ledger: Ledger) -> List[List[Event]]:
    """Return the passes that workers served, of a ledger in which there were any."""
    told = ledger.facts.get("workers") and "unidentified" not in ledger.facts
    return ledger.passes(ledger.facts["role"]) if told else []


def _alone(events: List[Event], ledger: Ledger, policy: Policy) -> Tuple[List[int], int]:
    """Return the rows of this epoch that one process alone delivers, of how many samples.

    What it does not deliver either is not the workers' doing; no sample is due where none was read.
    """
    alone = [event for event in ledger.phase("alone") if event.epoch == events[0].epoch]
    return real_rows(alone, ledger, policy), ledger.scenario.n if alone else 0


def _beside(ledger: Ledger) -> Iterator[Tuple[Any, Event]]:
    """Yield what workers delivered, each behind what one process alone delivers there."""
    alone: Dict[Any, Event] = {
        (event.epoch, event.index): event for event in ledger.phase("alone") if event.batch
    }
    for event in ledger.phase("workers"):
        if (event.epoch, event.index) in alone:
            yield alone[event.epoch, event.index], event


def _unlike(first: Any, event: Event, policy: Policy) -> bool:
    return event.batch is None or not same(first.batch, event.batch, policy)


def _compared(event: Event, ledger: Ledger) -> str:
    if event.batch is None:
        return quote(event)
    alone = (first for first, other in _beside(ledger) if other == event)
    return f"{event.where} gives {difference(next(alone).batch, event.batch)} in a worker"
