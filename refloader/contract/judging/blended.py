"""Labels that are blended of several samples': each row's own has the largest share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any, Dict, List, Optional, Set, Tuple

from refloader.contract.drives import BLANK_SAMPLE
from refloader.contract.judging.rows import known_rows
from refloader.contract.ledger import Batch, Event, Ledger

#: Of fewer rows of a label the mean of what was drawn says too little.
LEAST_ROWS = 24
_ROUNDING = 1e-3
#: Below it, which of two blended pictures is seen is as unclear as which of their labels is the row's own.
_MOST = 0.6
#: The part of each class in a y.
Shares = Tuple[float, ...]


def blended_the_other_way(ledger: Ledger) -> Optional[str]:
    """Tell of two labels that both come, on the mean over all their rows, mostly as one class.

    What a picture is blended with is drawn from all classes: the shares of the others are alike.
    """
    rows: Dict[int, List[Shares]] = defaultdict(list)
    samples: Dict[int, Set[Shares]] = defaultdict(set)
    for row in known_rows(ledger):
        shares = row.targets[0] if len(row.targets) == 1 else None
        if not isinstance(shares, tuple) or not _are_shares(shares):
            return None
        rows[ledger.facts["labels"][row.sample]].append(shares)
        samples[row.sample].add(shares)
    # A sample's own shares, as those of what several people saw in it, are always the same.
    if 2 * sum(len(found) > 1 for found in samples.values()) <= len(samples):
        return None
    owner: Dict[int, int] = {}
    for label, found in sorted(rows.items()):
        means = [sum(column) / len(found) for column in zip(*found)]
        largest = means.index(max(means))
        if len(found) >= LEAST_ROWS and owner.setdefault(largest, label) != label:
            return (
                f"labels {owner[largest]} and {label} both come mostly as class {largest}: over {len(found)} "
                f"rows of label {label} its share is {means[largest]:.2f}; most is to be of the row's own"
            )
    return None


def unblended(ledger: Ledger) -> Ledger:
    """Return the ledger with each blended label as the class that it mostly is, one-hot.

    A row that is not mostly of one class is no sample there: which of them it shows cannot be said. Nor
    can it of any beside a blank sample, through which the other one shows, however small its share is.
    """
    most = 1.0 if ledger.driver == BLANK_SAMPLE else _MOST
    return replace(ledger, events=tuple(_unblended_event(event, most) for event in ledger.events))


def _unblended_event(event: Event, most: float) -> Event:
    batch = event.batch
    if batch is None or not has_blends(batch):
        return event
    targets = tuple(tuple(map(_mostly, target)) for target in batch.targets)
    ids = tuple(
        None if _is_unclear(batch, row, most) else sample for row, sample in enumerate(batch.ids)
    )
    return replace(event, batch=replace(batch, ids=ids, targets=targets))


def _is_unclear(batch: Batch, row: int, most: float = _MOST) -> bool:
    target = batch.targets[row] if row < len(batch.targets) else ()
    return any(is_blended(leaf) and max(leaf) < most for leaf in target)


def same_labels(first: Batch, second: Batch) -> bool:
    """Say whether the rows of both have the same labels, or blended ones that may be of the same."""
    if first.targets == second.targets:
        return True
    rows = list(zip(first.targets, second.targets))
    unclear = [_is_unclear(first, row) or _is_unclear(second, row) for row in range(len(rows))]
    alike = [tuple(map(_mostly, one)) == tuple(map(_mostly, other)) for one, other in rows]
    return len(first.targets) == len(second.targets) and all(map(any, zip(alike, unclear)))


def has_blends(batch: Batch) -> bool:
    """Say whether a label of a batch has shares of several classes."""
    return any(is_blended(leaf) for target in batch.targets for leaf in target)


def _mostly(leaf: Any) -> Any:
    """Return a blended label as the class of its largest share, one-hot; anything else as it is."""
    if not is_blended(leaf):
        return leaf
    largest = leaf.index(max(leaf))
    return tuple(float(place == largest) for place in range(len(leaf)))


def is_blended(leaf: Any) -> bool:
    """Say whether a leaf of y, as the ledger holds it, has shares of several classes."""
    return isinstance(leaf, tuple) and _are_shares(leaf) and sum(map(bool, leaf)) > 1


def _are_shares(shares: Shares) -> bool:
    numbers = all(isinstance(one, float) and 0 <= one <= 1 for one in shares)
    return numbers and len(shares) > 1 and abs(sum(shares) - 1) <= _ROUNDING
