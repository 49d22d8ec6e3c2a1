"""What each epoch joins with other samples: further inputs, y or weights that are not shuffled with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from refloader.contract.judging.questions import plain
from refloader.contract.judging.rows import Row, known_rows
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy

#: What comes with a row, by the places that it stands in.
Values = Callable[[Row], Tuple[Any, ...]]


def shuffled_apart(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a further leaf of x whose rows each epoch joins with other samples.

    So it is where every epoch has the very same values, a sample has now one and now another, and
    the value is not that of the row's place in its batch, as a position is. Where x is augmented most samples
    must have one of their own: of a few values, what is drawn anew may have as many.
    """
    return _joined_anew(
        ledger, lambda row: row.companions, "in a further input", own=policy.augment
    )


def answers_apart(ledger: Ledger) -> Optional[str]:
    """Tell the same of y or a weight, if most samples have one of their own; of a column of y too.

    Augmented or not: what was drawn anew for each epoch has not the same values in all of them.
    """
    found = _joined_anew(ledger, _targets, "as y", own=True)
    return found or _joined_anew(ledger, lambda row: row.weights, "as weight", own=True)


def _targets(row: Row) -> Tuple[Any, ...]:
    columns = [value for leaf in row.targets if isinstance(leaf, tuple) for value in leaf]
    return (*row.targets, *columns)


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
    for row in known_rows(ledger):
        epochs[row.event.phase, row.event.epoch].append(row)
    complete = [
        rows for rows in epochs.values() if len(rows) == n == len({row.sample for row in rows})
    ]
    if not complete[1:]:
        return None
    widths = {len(values_of(row)) for rows in complete for row in rows}
    if len(widths) != 1:
        return None
    for place in range(*widths):
        values = [[values_of(row)[place] for row in rows] for rows in complete]
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
    for row in known_rows(ledger):
        of_sample[row.sample].add(_targets(row))
    return all(shown) and all(len(found) == 1 for found in of_sample.values())


def _apart(epochs: List[List[Row]], values: List[List[Any]], what: str) -> Optional[str]:
    # Of rows that are padded to the longest of their batch, one sample has several.
    lengths = {len(one) for found in values for one in found if isinstance(one, tuple)}
    if len(lengths) > 1 or any(Counter(found) != Counter(values[0]) for found in values):
        return None
    first: Dict[int, Tuple[Event, Any]] = {}
    by_place: Dict[int, Set[Any]] = defaultdict(set)
    told = None
    for rows, found in zip(epochs, values):
        for row, value in zip(rows, found):
            by_place[row.place].add(value)
            before, usual = first.setdefault(row.sample, (row.event, value))
            if value != usual and told is None:
                told = (
                    f"sample {row.sample} comes with {plain(usual)} {what} in {before.where}, "
                    f"and with {plain(value)} in {row.event.where}: that is not shuffled with it"
                )
    return told if any(len(seen) > 1 for seen in by_place.values()) else None
