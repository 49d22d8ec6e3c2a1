"""Chapter protocol, its second part: what any consumer may rely on who goes through the batches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any, Dict, List, Optional, Set, Tuple

from refloader.contract.chapters.protocol import BATCHED, INDEXED
from refloader.contract.drives import ITERATION, TWO_LOADERS, TWO_PASSES
from refloader.contract.exemptions import COUNTED
from refloader.contract.judging.questions import (
    HALVES,
    errors,
    lost,
    may_be_same,
    quote,
    real_rows,
    repeated,
    rows,
    samples,
    spared,
)
from refloader.contract.judging.rows import Row, known_rows
from refloader.contract.ledger import Batch, Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement

#: Of two iterations at a time: the second goes through while the first is at its second batch; or they take
#: turns, with as many batches as there are steps, so that one that never ends can be told apart too.
AT_A_TIME = ("first of two iterations at a time", "second of two iterations at a time")
BY_TURNS = ("first of two iterations by turns", "second of two iterations by turns")
#: The reads of a loader alone, in turn with others, and in turn with one that has but the factory in common.
ALONE, BESIDE, BESIDE_UNLIKE = "alone", "beside others", "beside one unlike it"
_UNLIKE = "read in turn with one of other samples, batch size and classes"
_OVER_HALVES = "over one half of the samples, read in turn with one over the other half"
_PARTS = ("other values", "another y", "another weight")


@requirement(
    "protocol.bounds",
    statement="An index past the end raises IndexError, so that plain iteration ends after len() "
    "batches; a negative index follows Python or raises IndexError.",
    reason="Without the IndexError `for batch in loader` never ends, or delivers empty batches.",
    fix="Start `__getitem__` with: if not 0 <= index < len(self): raise IndexError(index).",
    drives=(ITERATION,),
    needs=("a batch", "two batches"),
    incidents=("keras#19994", "keras#21151", "keras#20142"),
    exempt=(INDEXED,),
)
def bounds(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Reads past either end raise IndexError, and iteration stops by itself."""
    for event in ledger.phase("beyond"):
        if event.error_type != "IndexError":
            return f"index {event.index}, past the end, {_answer(event)}; IndexError was due"
    for event in ledger.phase("negative"):
        if event.error_type != "IndexError" and not _counts_from_the_end(event, ledger, policy):
            return f"index {event.index} {_answer(event)}; IndexError, or the batch that Python means, was due"
    if ledger.facts.get("endless"):
        return f"plain iteration goes on after {ledger.facts['endless']} batches"
    return None


def _answer(event: Event) -> str:
    if event.batch is None:
        return f"raises {event.error}"
    return f"gives a batch of {len(event.batch.ids)} rows"


def _counts_from_the_end(event: Event, ledger: Ledger, policy: Policy) -> bool:
    events = ledger.by_index("epoch")
    if event.index is None or event.batch is None:
        return False
    meant = events.get(len(events) + event.index)
    return (
        meant is not None
        and meant.batch is not None
        and may_be_same(meant.batch, event.batch, policy)
    )


@requirement(
    "protocol.restart",
    statement="Iterating again starts at the first batch and loses nothing, after a full pass and after "
    "an early break.",
    reason="A loader that goes on where the last consumer stopped feeds the next one half an epoch.",
    fix="Let `__iter__` start a new pass each time, without a cursor that is kept on the loader.",
    drives=(ITERATION,),
    needs=("two batches",),
    incidents=("keras#19749", "NVTabular#696"),
    exempt=(INDEXED,),
)
def restart(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each iteration is a whole pass; without shuffling, the same one."""
    first = ledger.phase("first iteration")
    for phase, begun in _again(ledger):
        events = ledger.phase(phase)
        absent, known = lost(events, ledger, policy), lost(first, ledger, policy)
        # Loss in every pass alike is no-loss' to report; here counts what a restart adds to it.
        if policy.sampling == "exactly-once" and len(absent) > len(known):
            return f"the {phase} does not deliver {samples(absent)}"
        if len(events) != len(first):
            return f"the {phase} has {len(events)} batches; the first had {len(first)}"
        ordered = not policy.shuffle and policy.sampling == "exactly-once"
        other = _other_order(ledger.phase(begun), events, policy) if ordered else None
        if other:
            return f"the {phase} has {other}"
    return None


def _again(ledger: Ledger) -> List[Tuple[str, str]]:
    """Return the later iterations, each with the one before it that has its order."""
    later = [
        (phase, "first iteration") for phase in ("second iteration", "iteration after a break")
    ]
    # Of another loader, which may have drawn an order of its own when it was built; a ready one is not built.
    anew = [("iteration after a first break", "first broken off")]
    return later + anew * bool(ledger.phase("first broken off"))


def _other_order(first: List[Event], second: List[Event], policy: Policy) -> Optional[str]:
    """Tell of the first batch of a pass that is not the one of another pass at its place."""
    for place, (one, other) in enumerate(zip(first, second)):
        if not _samples_agree(one.batch, other.batch, policy):
            return f"{_shown(other.batch)} as batch {place}, not {_shown(one.batch)}"
    return None


def _samples_agree(one: Optional[Batch], other: Optional[Batch], policy: Policy) -> bool:
    if one is None or other is None:
        return one is other
    return may_be_same(one, other, policy)


def _shown(batch: Optional[Batch]) -> str:
    return "an error" if batch is None else rows(batch.ids)


@requirement(
    "protocol.iterations",
    level="SHOULD",
    statement="Two iterations at a time each deliver the whole epoch.",
    reason="`zip(loader, loader)`, a nested loop, or a look at one batch in the middle of an epoch takes "
    "batches from the pass that is under way, which then ends early, and nothing says so.",
    fix="Let `__iter__` return an iterator of its own each time (`for index in range(len(self)): yield "
    "self[index]`), not self, and keep the cursor there; draw no order in `__iter__` that `__getitem__` uses.",
    drives=(TWO_PASSES,),
    needs=("two batches",),
    exempt=(INDEXED,),
)
def iterations(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each of two iterations that are under way together has what one has alone."""
    alone = ledger.phase("alone")
    return _beside_itself(ledger, policy, AT_A_TIME, alone) or _beside_itself(
        ledger, policy, BY_TURNS, alone[: ledger.facts.get("steps", 0)]
    )


def _beside_itself(
    ledger: Ledger, policy: Policy, phases: Tuple[str, ...], alone: List[Event]
) -> Optional[str]:
    """Tell what an iteration lacks beside another one, of the batches that it has alone."""
    loses = len(lost(alone, ledger, policy)) > spared(ledger, policy)
    for phase in phases:
        events = ledger.phase(phase)
        if errors(events[:1]):
            # It refuses to be iterated over twice, and says so.
            continue
        absent = lost(events, ledger, policy)
        if len(events) < len(alone):
            return f"the {phase} has {len(events)} batches; alone it has {len(alone)}"
        if policy.sampling == "exactly-once" and not loses and len(absent) > spared(ledger, policy):
            return f"the {phase} does not deliver {samples(absent)}"
    return None


@requirement(
    "protocol.loaders",
    statement="Several loaders at a time, as for training and validation, each deliver what one alone does: "
    "every sample once an epoch, and unless augmentation is declared, with the same values; so too beside one "
    "with another batch size, seed and classes. Over the same samples a factory builds another loader.",
    reason="What is kept on the class or in a module (an order, a cursor, a buffer, a list, a mean) is changed "
    "by one loader while the other is in the middle of an epoch.",
    fix="Set the order, cursors, buffers and lists in `__init__`, on self, each a new one; let no function "
    "that caches hand out arrays that are shuffled or filled afterwards. Take nothing out of the frame that is "
    "given (`pop`, `del`, `inplace=True`).",
    drives=(TWO_LOADERS,),
    needs=("two batches", "two epochs", "other loaders"),
    exempt=(BATCHED, COUNTED),
)
def loaders(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Beside others a loader loses and repeats nothing, if it does not when it is alone."""
    if ledger.facts.get("refusal"):
        raised = f"the factory raised {ledger.facts['refusal']}"
        return f"over the same samples no other loader can be built: {raised}"
    half = replace(ledger, scenario=replace(ledger.scenario, n=ledger.facts.get("half", 0)))
    together = (
        (ledger, (ALONE, BESIDE), "read in turn with other loaders"),
        (ledger, (ALONE, BESIDE_UNLIKE), _UNLIKE),
        (half, HALVES, _OVER_HALVES),
    )
    found = (_beside(made, policy, phases, how) for made, phases, how in together)
    otherwise = None if policy.augment else _otherwise_beside(ledger)
    return otherwise or next(filter(None, found), None)


def _beside(ledger: Ledger, policy: Policy, phases: Tuple[str, str], how: str) -> Optional[str]:
    alone, together = phases
    if any(_fault(events, ledger, policy) for events in ledger.passes(alone)):
        return None
    for events in ledger.passes(together):
        found = _fault(events, ledger, policy)
        if found:
            return f"in epoch {events[0].epoch}, {how}, {found}"
    return None


def _otherwise_beside(ledger: Ledger) -> Optional[str]:
    """Tell of a sample that is always the same where its loader is alone, and beside another one is not."""
    alone: Dict[int, Set[Any]] = defaultdict(set)
    for row in known_rows(ledger):
        if row.event.phase == ALONE:
            alone[row.sample].add(_look(row))
    steady = {sample: next(iter(looks)) for sample, looks in alone.items() if len(looks) == 1}
    beside = [row for row in known_rows(ledger) if row.event.phase == BESIDE_UNLIKE]
    known = [row for row in beside if row.sample in steady]
    for row in known if len(steady) == len(alone) else ():
        for part, usual, found in zip(_PARTS, steady[row.sample], _look(row)):
            if usual != found:
                where = f"in epoch {row.event.epoch}, {_UNLIKE}"
                return f"{where}, sample {row.sample} comes with {part} than alone"
    return None


def _look(row: Row) -> Tuple[Any, ...]:
    """Return what a row is delivered as, in the order of `_PARTS`."""
    prints = row.batch.prints
    return prints[row.place] if prints else None, row.targets, row.weights


def _fault(events: List[Event], ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell in what this is no whole epoch."""
    for event in errors(events):
        return quote(event)
    absent = lost(events, ledger, policy)
    if len(absent) > spared(ledger, policy):
        return f"it does not deliver {samples(absent)}"
    twice = [sample for sample, _ in repeated(real_rows(events, ledger, policy))]
    return f"it delivers {samples(twice)} again" if twice else None
