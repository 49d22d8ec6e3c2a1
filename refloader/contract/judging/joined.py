"""What each epoch joins with other samples: further inputs, y or weights that are not shuffled with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from refloader.contract.judging.questions import plain
from refloader.contract.judging.targets import companions_of, known_rows
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy

#: A row that is a sample: its event, its place in the batch, the sample.
Row = Tuple[Event, int, int]
#: What comes with a row, by the places that it stands in.
Values = Callable[[Event, int], Tuple[Any, ...]]


def shuffled_apart(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a further leaf of x whose rows each epoch joins with other samples.

    So it is where every epoch has the very same values, a sample has now one and now another, and
    the value is not that of the row's place in its batch, as a position is. Where x is augmented most samples
    must have one of their own: of a few values, what is drawn anew may have as many.
    """
    return _joined_anew(ledger, companions_of, "in a further input", own=policy.augment)


def answers_apart(ledger: Ledger) -> Optional[str]:
    """Tell the same of y or a weight, if most samples have one of their own; of a column of y too.

    Augmented or not: what was drawn anew for each epoch has not the same values in all of them.
    """
    found = _joined_anew(ledger, _targets, "as y", own=True)
    return found or _joined_anew(ledger, _heads, "as weight", own=True)


def _targets(event: Event, row: int) -> Tuple[Any, ...]:
    leaves = event.batch.targets[row] if event.batch is not None and event.batch.targets else ()
    columns = [value for leaf in leaves if isinstance(leaf, tuple) for value in leaf]
    return (*leaves, *columns)


def _heads(event: Event, row: int) -> Tuple[Any, ...]:
    batch = event.batch
    if batch is None or batch.weights is None:
        return ()
    return tuple(head[row] for head in (batch.weights, *batch.more_weights))


def _joined_anew(
    ledger: Ledger, values_of: Values, what: str, *, own: bool = False
) -> Optional[str]:
    """Tell of values that each epoch joins with other samples.

    own -- only where there are more values than half the samples
    """
    if ledger.facts.get("own_identify") and not _come_alone(ledger):
        return None
    n = ledger.scenario.n
    epochs: Dict[Tuple[str, int], List[Row]] = defaultdict(list)
    for event, row, sample in known_rows(ledger):
        epochs[event.phase, event.epoch].append((event, row, sample))
    complete = [rows for rows in epochs.values() if len(rows) == n == len({one[2] for one in rows})]
    if not complete[1:]:
        return None
    widths = {len(values_of(event, row)) for rows in complete for event, row, _ in rows}
    if len(widths) != 1:
        return None
    for place in range(*widths):
        values = [[values_of(event, row)[place] for event, row, _ in rows] for rows in complete]
        found = None if own and 2 * len(set(values[0])) <= n else _apart(complete, values, what)
        if found:
            return found
    return None


def _come_alone(ledger: Ledger) -> bool:
    """Say whether no row is one of a pair: no input shows another sample than its own, and y stays the same.

    Of a pair that is drawn anew y tells whether its members match; a dummy, as of CTC, tells nothing.
    """
    shown = (ids == batch.ids for batch in ledger.batches() for ids in batch.partners)
    of_sample: Dict[int, Set[Any]] = defaultdict(set)
    for event, row, sample in known_rows(ledger):
        of_sample[sample].add(_targets(event, row))
    return all(shown) and all(len(found) == 1 for found in of_sample.values())


def _apart(epochs: List[List[Row]], values: List[List[Any]], what: str) -> Optional[str]:
    # Of rows that are padded to the longest of their batch, one sample has several.
    lengths = {len(one) for found in values for one in found if isinstance(one, tuple)}
    if len(lengths) > 1 or any(Counter(found) != Counter(values[0]) for found in values):
        return None
    first: Dict[int, Tuple[Event, Any]] = {}
    by_row: Dict[int, Set[Any]] = defaultdict(set)
    told = None
    for rows, found in zip(epochs, values):
        for (event, row, sample), value in zip(rows, found):
            by_row[row].add(value)
            before, usual = first.setdefault(sample, (event, value))
            if value != usual and told is None:
                told = (
                    f"sample {sample} comes with {plain(usual)} {what} in {before.where}, "
                    f"and with {plain(value)} in {event.where}: that is not shuffled with it"
                )
    return told if any(len(seen) > 1 for seen in by_row.values()) else None
