"""Words and small questions that the judges share."""

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable, List, Optional, Sequence, Tuple

from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy

SHOWN = 5


def samples(ids: Iterable[int]) -> str:
    """Name samples in a sentence: ``sample 2``, ``samples 2 and 5``, ``samples 1, 2, 3, ... (9)``."""
    named = sorted(ids)
    if len(named) == 1:
        return f"sample {named[0]}"
    if len(named) > SHOWN:
        shown = ", ".join(str(sample) for sample in named[:SHOWN])
        return f"samples {shown}, ... ({len(named)} of them)"
    return "samples " + ", ".join(str(sample) for sample in named[:-1]) + f" and {named[-1]}"


def expected_length(scenario: Scenario, policy: Policy) -> int:
    """Return how many batches one epoch has under this policy."""
    full, rest = divmod(scenario.n, scenario.batch_size)
    return full if policy.tail == "drop" or not rest else full + 1


def errors(events: Iterable[Event]) -> List[Event]:
    """Return the events that are errors."""
    return [event for event in events if event.error is not None]


def real_rows(events: Sequence[Event], ledger: Ledger, policy: Policy) -> List[int]:
    """Return the sample of each delivered row, without declared fill and rows that are no sample."""
    rows: List[int] = []
    for event, ids in zip(events, _unfilled(events, ledger, policy)):
        if event.batch is not None:
            rows += [sample for sample in ids if sample is not None]
    return rows


def undeclared_rows(
    events: Sequence[Event], ledger: Ledger, policy: Policy
) -> List[Tuple[Event, int]]:
    """Return the rows that are no sample and not declared as fill, as (event, row)."""
    found: List[Tuple[Event, int]] = []
    for event, ids in zip(events, _unfilled(events, ledger, policy)):
        unread = hidden(event.batch, policy)
        for row, sample in enumerate(ids):
            known = sample is not None and 0 <= sample < ledger.scenario.n
            if not known and row not in unread:
                found.append((event, row))
    return found


def hidden(batch: Optional[Batch], policy: Policy) -> List[int]:
    """Return the rows of which an augmentation may have hidden which sample they are: not plain ones."""
    spans = batch.spans if batch is not None and policy.augment else ()
    return [row for row, span in enumerate(spans) if span > 0 and _unknown(batch, row)]


def _unknown(batch: Optional[Batch], row: int) -> bool:
    return batch is not None and row < len(batch.ids) and batch.ids[row] is None


def _unfilled(
    events: Sequence[Event], ledger: Ledger, policy: Policy
) -> List[Tuple[Optional[int], ...]]:
    """Return the ids of each event, the filled batch without the rows that ``tail="pad"`` adds."""
    ids = [event.batch.ids if event.batch is not None else () for event in events]
    rest = ledger.scenario.remainder
    for place in _filled(events, ids, ledger, policy):
        # Where another batch was padded by mistake, these rows are no fill.
        own = [sample for sample in _beyond(ids, place, rest) if sample is not None]
        ids[place] = (*ids[place][:rest], *dict.fromkeys(own))
    return ids


def _filled(
    events: Sequence[Event],
    ids: Sequence[Tuple[Optional[int], ...]],
    ledger: Ledger,
    policy: Policy,
) -> List[int]:
    """Return the places of the batches that are filled up: the last, or where shuffling put it."""
    last = [place for place, event in enumerate(events) if is_padded(event, place, ledger, policy)]
    rest = ledger.scenario.remainder
    if policy.shuffle and last and any(_beyond(ids, place, rest) for place in last):
        # Batches that were composed, the last one filled up, and then shuffled whole.
        full = [place for place, rows in enumerate(ids) if len(rows) == ledger.scenario.batch_size]
        last = [place for place in full if not _beyond(ids, place, rest)][:1] or last
    return last


def _beyond(ids: Sequence[Tuple[Optional[int], ...]], place: int, rest: int) -> List[Optional[int]]:
    """Return what a batch has behind its first rows that neither these nor other batches have."""
    others = {sample for one, row in enumerate(ids) if one != place for sample in row}
    taken = {None, *others, *ids[place][:rest]}
    return [sample for sample in ids[place][rest:] if sample not in taken]


def is_padded(event: Event, place: int, ledger: Ledger, policy: Policy) -> bool:
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
    unread = sum(len(hidden(event.batch, policy)) for event in events)
    return absent if len(absent) > unread else []


def every_class(ledger: Ledger) -> bool:
    """Say whether each class has a sample: one that has none is a reason not to draw from it."""
    return set(ledger.facts.get("labels", ())) == set(range(ledger.scenario.classes))


def spared(ledger: Ledger, policy: Policy) -> int:
    """Return how many samples an epoch may leave out: those of a tail that is dropped by declaration."""
    return ledger.scenario.remainder if policy.tail == "drop" else 0


def missing(ids: Iterable[int], n: int) -> List[int]:
    """Return the samples of 0..n-1 that do not occur."""
    return sorted(set(range(n)) - set(ids))


def quote(event: Event) -> str:
    """Quote the error of an event in a sentence."""
    return f"reading {event.where} raised {event.error}"


def same(first: Batch, second: Batch, policy: Policy) -> bool:
    """Say whether two reads gave the same: equal bytes, or equal samples where x is augmented.

    The label of a sample stays what it is then, too; boxes and key points move with the picture.
    """
    if not policy.augment:
        return first.digest == second.digest
    alike = first.targets == second.targets or policy.targets == "own"
    return may_be_same(first, second, policy) and alike


def may_be_same(first: Batch, second: Batch, policy: Policy) -> bool:
    """Say whether each row is of the same sample in both, or hides of which it is in one of them."""
    unread = {*hidden(first, policy), *hidden(second, policy)}
    pairs = enumerate(zip(first.ids, second.ids))
    agree = all(one == other or row in unread for row, (one, other) in pairs)
    return agree and len(first.ids) == len(second.ids)


def difference(first: Batch, second: Batch) -> str:
    """Say in a few words how two batches that should be equal differ."""
    if first.ids != second.ids:
        return f"{rows(first.ids)} and then {rows(second.ids)}"
    if first.targets != second.targets:
        return f"other labels for the same {rows(first.ids)}"
    return f"the same {rows(first.ids)}, but other bytes"


def rows(ids: Sequence[Optional[int]]) -> str:
    """Show the samples of a batch's rows, ``-`` where a row is no sample."""
    shown = ["-" if sample is None else str(sample) for sample in ids[:SHOWN]]
    more = ["..."] if len(ids) > SHOWN else []
    return "samples [" + ", ".join(shown + more) + "]"


def plain(value: Any) -> str:
    """Show a label or weight without the clutter of nested one-element tuples."""
    while isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, tuple):
        return "[" + ", ".join(plain(part) for part in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
