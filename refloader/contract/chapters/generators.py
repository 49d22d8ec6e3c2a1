"""Chapter generator: an endless stream that is one stream, whoever takes from it."""

from __future__ import annotations

from collections import Counter
from typing import List, Optional, Tuple

from refloader.contract.drives import CONSUMERS, COPIES, EPOCHS
from refloader.contract.exemptions import COUNTED
from refloader.contract.judging.hidden import hidden_in
from refloader.contract.judging.questions import (
    delivered,
    errors,
    every_class,
    lost,
    quote,
    real_rows,
    repeated,
    samples,
    spared,
)
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

STREAM = unless("kind", "generator", because="the loader is no generator, by declaration")
# What Python raises by itself where two are in one generator: whether, is chance, and for whom.
COLLISION = "already executing"


@requirement(
    "generator.endless",
    statement="The generator does not end before steps_per_epoch times epochs batches were taken.",
    reason="Training counts steps. A generator that ends with its data ends the training in the second "
    "epoch, with a warning at best, and starves every queue that reads ahead.",
    fix="Put `while True:` around the loop over the data.",
    drives=(EPOCHS,),
    needs=("two batches", "two epochs"),
    incidents=("keras#12034", "keras#8365", "keras#12773"),
    exempt=(STREAM,),
)
def endless(ledger: Ledger, policy: Policy) -> Optional[str]:
    """The first thing that is no batch is not the end of the generator."""
    for taken, event in enumerate(ledger.phase("epoch")):
        if event.error_type == "StopIteration":
            return (
                f"it ends after {taken} batches, in epoch {event.epoch} of {ledger.scenario.epochs}"
            )
        if event.error is not None:
            # A generator that has raised is over. Where each sample is due, that is told as their loss;
            # a sampler may refuse to draw from a class without samples.
            drawn = policy.sampling == "with-replacement" and every_class(ledger)
            return f"it ends after {taken} batches: {quote(event)}" if drawn else None
    return None


@requirement(
    "generator.epoch-boundary",
    statement="Each run of steps_per_epoch batches covers every sample once; no epoch bleeds into the next.",
    reason="The trainer cuts the stream by counting. A stream that is cut elsewhere validates each time on "
    "other samples, and an epoch is no longer a pass over the data.",
    fix="End each pass with its own last batch, and begin the next one with the first sample.",
    drives=(EPOCHS,),
    needs=("two batches", "two epochs", "n % batch_size == 1"),
    incidents=("keras#8842", "keras#10474", "tf#31830"),
    exempt=(STREAM, COUNTED),
)
def epoch_boundary(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No epoch delivers a sample of which it is another's turn, or leaves one to another."""
    passes = [events for events in ledger.passes("epoch") if not errors(events)]
    allowed = spared(ledger, policy)
    for events in passes:
        absent, twice = lost(events, ledger, policy), repeated(real_rows(events, ledger, policy))
        if twice or len(absent) > allowed:
            what = (
                f"{samples(absent)} not" if absent else f"sample {twice[0][0]} {twice[0][1]} times"
            )
            return f"the {len(events)} batches of epoch {events[0].epoch} hold {what}"
    return None


@requirement(
    "generator.single-consumer",
    statement="Concurrent next() is serialised, or refused with a clear error; no batch is lost or doubled.",
    reason="Frameworks call next() from several worker threads. Python's own 'generator already executing' "
    "strikes by chance, whichever thread came second, and says nothing of what to do: it is no refusal.",
    fix="Guard `__next__` of an iterator class with a lock, or give frameworks an indexable loader.",
    drives=(CONSUMERS,),
    needs=("two batches",),
    incidents=("keras#1638", "keras#5919", "Mask_RCNN#495", "keras#13222"),
    exempt=(STREAM,),
)
def single_consumer(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Two readers get together what one gets alone, or a refusal."""
    shared = ledger.phase("shared")
    for event in errors(shared):
        chance = COLLISION in (event.error or "") or event.error_type == "StopIteration"
        told = f"{_taken(ledger)}: {event.error}{_schedule(ledger)}"
        return told if chance else None
    passes = ledger.passes("alone")
    alone = real_rows(passes[0], ledger, policy) if passes else []
    counted = policy.sampling == "exactly-once" and all(
        _is_whole(events, ledger, policy) for events in passes
    )
    for events in ledger.passes("shared") if counted else []:
        found = _not_shared(events, alone, ledger, policy)
        if found:
            return f"{_taken(ledger)} got {found}"
    return None


def _taken(ledger: Ledger) -> str:
    """Say of what was taken: a loader's own lock is of no use where iter() hands out what is behind it."""
    stream = ledger.facts.get("handed out")
    return "two threads in next()" + (f" of what iter(loader) gives, a {stream}" if stream else "")


@requirement(
    "generator.no-silent-copies",
    statement="Given to several worker processes a generator partitions its samples or refuses; it never "
    "delivers each sample once per worker, nor the same draws in each.",
    reason="A fork copies the generator. With four workers each sample comes four times in what the "
    "trainer takes for four epochs' worth of one, and the epoch it counts is a quarter of the data.",
    fix="Remember os.getpid() when built and raise in `__next__` where it differs; give processes an "
    "indexable loader.",
    # A refusal is an answer too: no batch need come up.
    drives=(COPIES,),
    incidents=("keras#6586", "Mask_RCNN#514", "Mask_RCNN#1511"),
    exempt=(STREAM,),
)
def no_silent_copies(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No sample is delivered by both processes, and no draw made in both, unless they end in an error."""
    if errors(ledger.phase("copies")):
        return None
    if policy.sampling != "exactly-once":
        return _drawn_alike(ledger)
    for sample, times in repeated(real_rows(ledger.phase("copies"), ledger, policy)):
        return (
            f"two forked processes delivered sample {sample} {times} times, and no error is raised"
        )
    return None


def _drawn_alike(ledger: Ledger) -> Optional[str]:
    """Tell of processes whose batches are the same, one after the other, and not all alike."""
    halves: Tuple[List[str], List[str]] = ([], [])
    for event in ledger.phase("copies"):
        if event.batch is not None:
            halves[(event.index or 0) % 2].append(event.batch.digest)
    both = list(zip(*halves))
    if len(set(both)) > 1 and all(mine == other for mine, other in both):
        return f"two forked processes drew the same {len(both)} batches, and no error is raised"
    return None


def _is_whole(events: List[Event], ledger: Ledger, policy: Policy) -> bool:
    """Say whether an epoch loses no more than its tail, and repeats no more than its fill."""
    more = sum(times - 1 for _, times in repeated(real_rows(events, ledger, policy)))
    absent = len(lost(events, ledger, policy))
    return absent <= spared(ledger, policy) and more <= _fill(ledger, policy)


def _not_shared(
    events: List[Event], alone: List[int], ledger: Ledger, policy: Policy
) -> Optional[str]:
    epochs = ledger.facts["shared epochs"]
    got = Counter(delivered(events))
    more = {sample: got[sample] - epochs for sample in set(alone) if got[sample] > epochs}
    if sum(more.values()) > epochs * (_fill(ledger, policy) + len(alone) - len(set(alone))):
        return f"{samples(more)} more than once an epoch"
    less = {sample: epochs - got[sample] for sample in set(alone) if got[sample] < epochs}
    if sum(less.values()) > epochs * spared(ledger, policy) + hidden_in(events, policy):
        return f"{samples(less)} less than once an epoch"
    return None


def _fill(ledger: Ledger, policy: Policy) -> int:
    """Return how many rows of an epoch are there to fill it up."""
    return -ledger.scenario.n % ledger.scenario.batch_size if policy.tail == "pad" else 0


def _schedule(ledger: Ledger) -> str:
    switches: List[str] = ledger.facts.get("switches", [])
    return "; " + ", then ".join(switches[:4]) if switches else ""
