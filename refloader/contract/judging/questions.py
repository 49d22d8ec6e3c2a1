"""Words and small questions that the judges share."""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from refloader.contract.drives import BAD_FILES, INTERLEAVED, ITERATION, PICKLING
from refloader.contract.judging.blended import same_labels
from refloader.contract.judging.hidden import hidden, hidden_in
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy

SHOWN = 5

#: So many batches in the same order twice are no accident: 1 in 3,628,800.
LEAST_ROUND = 10
#: The reads of a loader over the first half of the samples: alone, and beside one over the second.
HALVES = ("half alone", "half beside the other")
#: Reads of a loader whose own wait for a batch finds none in the time that it has.
RUN_OUT = "run out of time"
#: The phases in which a loader is iterated over.
ITERATED = ("first iteration", "second iteration", "broken off", "iteration after a break")
#: Numbers of ranks of which each draws samples.
RANKS_THAT_DRAW = (2, 3)
#: What a drive does with a loader that it has built, in a sentence; the others read its epochs.
READING = {
    ITERATION: "iterating",
    PICKLING: "pickling and reading the copies",
    INTERLEAVED: "reading by two threads at once",
    BAD_FILES: "building and reading it beside a bad file",
}
#: Of a batch: each row's place and its sample, None where it is none.
Rows = Tuple[Tuple[int, Optional[int]], ...]


def samples(ids: Iterable[int]) -> str:
    """Name samples in a sentence: ``sample 2``, ``samples 2 and 5``, ``samples 1, 2, 3, ... (9)``."""
    named = sorted(ids)
    if len(named) == 1:
        return f"sample {named[0]}"
    if len(named) > SHOWN:
        shown = ", ".join(str(sample) for sample in named[:SHOWN])
        return f"samples {shown}, ... ({len(named)} of them)"
    return "samples " + ", ".join(str(sample) for sample in named[:-1]) + f" and {named[-1]}"


def of_all_ranks(world: int) -> str:
    """Name the phase in which the epochs of so many ranks are read, one rank after the other."""
    return f"all of {world} ranks"


def doings(fact: str, ledger: Ledger) -> Iterator[Tuple[Any, str]]:
    """Yield what a drive has changed of the whole process, each with what was being done.

    fact -- the name of what is noted of reading; with an ending, of building, or of breaking off
    """
    done = {
        fact: READING.get(ledger.driver, "reading the epochs"),
        f"{fact}_built": "building the loader",
        f"{fact}_broken": "breaking off an iteration",
    }
    for name, doing in done.items():
        if ledger.facts.get(name):
            yield ledger.facts[name], doing


def expected_length(scenario: Scenario, policy: Policy) -> int:
    """Return how many batches one epoch has under this policy."""
    full, rest = divmod(scenario.n, scenario.batch_size)
    return full if policy.tail == "drop" or not rest else full + 1


def delivered(events: Iterable[Event]) -> List[Optional[int]]:
    """Return the sample of each row that was delivered, None for one that is no sample."""
    return [sample for event in events for sample in event.ids]


def learnt(events: Iterable[Event]) -> List[int]:
    """Return the samples that the model learns from: a row of weight 0 is none of them."""
    return [
        sample
        for event in events
        for row, sample in enumerate(event.ids)
        if sample is not None and event.weight(row)
    ]


def errors(events: Iterable[Event]) -> List[Event]:
    """Return the events that are errors."""
    return [event for event in events if event.error is not None]


def digests(events: Iterable[Event]) -> List[str]:
    """Return the digest of each batch that was delivered."""
    return [batch.digest for batch in batches(events)]


def batches(events: Iterable[Event]) -> List[Batch]:
    """Return what was delivered, without the errors."""
    return [event.batch for event in events if event.batch is not None]


def real_rows(events: Sequence[Event], ledger: Ledger, policy: Policy) -> List[int]:
    """Return the sample of each delivered row, without declared fill and rows that are no sample."""
    kept = without_fill(events, ledger, policy)
    found = [sample for rows in kept for _, sample in rows if sample is not None]
    return counted_apart(found, ledger)


def counted_apart(ids: Sequence[int], ledger: Ledger) -> List[int]:
    """Return the rows of one pass with samples that cannot be told apart counted through."""
    # How many have the content of a sample, and are numbered after it.
    alike: Dict[int, int] = ledger.facts.get("alike", {})
    seen: Counter[int] = Counter()
    found: List[int] = []
    for sample in ids:
        found.append(sample + seen[sample] % alike.get(sample, 1))
        seen[sample] += 1
    return found


def undeclared_rows(
    events: Sequence[Event], ledger: Ledger, policy: Policy
) -> List[Tuple[Event, int]]:
    """Return the rows that are no sample and not declared as fill, as (event, row)."""
    found: List[Tuple[Event, int]] = []
    for event, rows in zip(events, without_fill(events, ledger, policy)):
        unread = hidden(event.batch, policy)
        for row, sample in rows:
            known = sample is not None and 0 <= sample < ledger.scenario.n
            if not known and row not in unread:
                found.append((event, row))
    return found


def without_fill(events: Sequence[Event], ledger: Ledger, policy: Policy) -> List[Rows]:
    """Return the (row, sample) of each event's rows, without the fill that ``tail="pad"`` adds.

    Fill is what is no sample, or is delivered anyway: in one batch, and as many rows as it has too many.
    """
    given = [tuple(enumerate(event.ids)) for event in events]
    for place in _filled(events, given, ledger, policy):
        more = _fill(given, place)[: max(0, len(given[place]) - ledger.scenario.remainder)]
        given[place] = tuple(pair for pair in given[place] if pair[0] not in more)
    return given


def _filled(
    events: Sequence[Event], given: Sequence[Rows], ledger: Ledger, policy: Policy
) -> List[int]:
    """Return the places of the batches that are filled up: the last, or wherever that was moved to."""
    last = [place for place, event in enumerate(events) if _is_padded(event, place, ledger, policy)]
    size, rest = ledger.scenario.batch_size, ledger.scenario.remainder

    def is_full_of_it(place: int) -> bool:
        return len(given[place]) == size and len(_fill(given, place)) >= size - rest

    # Batches that were composed, one of them filled up, and then shuffled whole, as Keras 3's fit does too.
    movable = policy.shuffle or any(event.index is None for event in events)
    if movable and last and not any(map(is_full_of_it, last)):
        last = list(filter(is_full_of_it, range(len(given))))[:1] or last
    return last


def _fill(given: Sequence[Rows], place: int) -> List[int]:
    """Return the rows of a batch that are no sample or one that other rows are, the last first."""
    taken = {sample for other, rows in enumerate(given) if other != place for _, sample in rows}
    own = Counter(sample for _, sample in given[place])
    found: List[int] = []
    for row, sample in reversed(given[place]):
        if sample is None or sample in taken or own[sample] > 1:
            found.append(row)
            own[sample] -= 1
    return found


def _is_padded(event: Event, place: int, ledger: Ledger, policy: Policy) -> bool:
    """Say whether this is the batch that ``tail="pad"`` fills up, behind its first n % batch_size rows.

    place -- of the event in its pass, which tells where the next batch was taken
    """
    last = expected_length(ledger.scenario, policy) - 1
    reached = place if event.index is None else event.index
    return policy.tail == "pad" and bool(ledger.scenario.remainder) and reached == last


def repeated(ids: Iterable[int]) -> List[Tuple[int, int]]:
    """Return each sample that occurs more than once, with how often."""
    return [(sample, times) for sample, times in sorted(Counter(ids).items()) if times > 1]


def lost(events: Sequence[Event], ledger: Ledger, policy: Policy) -> List[int]:
    """Return the samples that these events do not deliver; none where rows that hide theirs may be they."""
    absent = missing(real_rows(events, ledger, policy), ledger.scenario.n)
    unread = hidden_in(events, policy)
    # Beside them, as many may be missing as the tail has that is dropped.
    return absent if not unread or len(absent) > unread + spared(ledger, policy) else []


def every_class(ledger: Ledger) -> bool:
    """Say whether each class has a sample: one that has none is a reason not to draw from it."""
    return set(ledger.facts.get("labels", ())) == set(range(ledger.scenario.classes))


def spared(ledger: Ledger, policy: Policy) -> int:
    """Return how many samples an epoch may leave out: those of a tail that is dropped by declaration."""
    return ledger.scenario.remainder if policy.tail == "drop" else 0


def missing(ids: Iterable[int], n: int) -> List[int]:
    """Return the samples of 0..n-1 that do not occur."""
    return sorted(set(range(n)) - set(ids))


def names_sample(text: str, sample: int, file: str) -> bool:
    """Say whether an error names a sample, by its file or its id."""
    return file in text or f"sample {sample}" in text


def quote(event: Event) -> str:
    """Quote the error of an event in a sentence."""
    return f"reading {event.where} raised {event.error}"


def same(first: Batch, second: Batch, policy: Policy) -> bool:
    """Say whether two reads gave the same: equal bytes, or equal samples where x is augmented.

    The label of a sample stays what it is then, too, or mostly that, where it is blended; boxes and key
    points move with the picture.
    """
    if not policy.augment:
        return first.digest == second.digest
    alike = policy.targets == "own" or same_labels(first, second)
    return may_be_same(first, second, policy) and alike and _of_one_shape(first, second, policy)


def _of_one_shape(first: Batch, second: Batch, policy: Policy) -> bool:
    shapes = [[(leaf.name, leaf.shape) for leaf in batch.leaves] for batch in (first, second)]
    return shapes[0] == shapes[1] or policy.shapes == "by-batch"


def may_be_same(first: Batch, second: Batch, policy: Policy) -> bool:
    """Say whether each row is of the same sample in both, or hides of which it is in one of them."""
    unread = {*hidden(first, policy), *hidden(second, policy)}
    pairs = enumerate(zip(first.ids, second.ids))
    agree = all(one == other or row in unread for row, (one, other) in pairs)
    return agree and len(first.ids) == len(second.ids)


def same_order(mine: Sequence[Event], theirs: Sequence[Event], policy: Policy) -> bool:
    """Say whether two passes have as many batches, and each the same samples in the same rows."""
    pairs = list(zip(batches(mine), batches(theirs)))
    counted = len(batches(mine)) == len(batches(theirs))
    return counted and all(may_be_same(first, second, policy) for first, second in pairs)


def difference(first: Batch, second: Batch) -> str:
    """Say in a few words how two batches that should be equal differ."""
    if first.ids != second.ids:
        return f"{rows(first.ids)} and then {rows(second.ids)}"
    for leaf, other in zip(first.leaves, second.leaves):
        if leaf.shape != other.shape:
            return f"{leaf.name} of shape {leaf.shape} and then {other.shape}, of the same {rows(first.ids)}"
    if first.targets != second.targets:
        return f"other labels for the same {rows(first.ids)}"
    return f"the same {rows(first.ids)}, but other bytes"


def rows(ids: Sequence[Optional[int]]) -> str:
    """Show the samples of a batch's rows, ``-`` where a row is no sample."""
    shown = ["-" if sample is None else str(sample) for sample in ids[:SHOWN]]
    more = ["..."] if len(ids) > SHOWN else []
    return "samples [" + ", ".join(shown + more) + "]"


def rows_come_first(batch: Batch) -> bool:
    """Say whether the first axis of any input counts the samples: graphs, say, may be joined to one."""
    inputs = (leaf for leaf in batch.leaves if leaf.name.startswith("x"))
    return any(leaf.shape[:1] == (len(batch.ids),) for leaf in inputs)


def plain(value: Any) -> str:
    """Show a label or weight without the clutter of nested one-element tuples."""
    while isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, tuple):
        return "[" + ", ".join(plain(part) for part in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
