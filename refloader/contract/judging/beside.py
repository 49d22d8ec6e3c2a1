"""Whether the arrays of a batch belong together: as many rows in each, of the same samples, step by step."""

from __future__ import annotations

from typing import Any, List, Optional, Set, Tuple

from refloader.contract.judging.questions import plain, rows_come_first
from refloader.contract.ledger import Batch, Ledger


def unequal_rows(ledger: Ledger) -> Optional[str]:
    """Tell of a batch whose y has more rows than its x, or fewer."""
    for event in ledger.within():
        batch = event.batch
        if batch is None or not rows_come_first(batch):
            continue
        rows = len(batch.ids)
        for leaf in batch.leaves:
            # A y without rows at all is protocol.structure's to report.
            if leaf.name.startswith("y") and leaf.shape[:1] not in {(), (rows,)}:
                return f"{event.where} has {rows} rows of x, and {leaf.name} has shape {leaf.shape}"
    return None


def parted_inputs(ledger: Ledger) -> Optional[str]:
    """Tell of a row of which two inputs show two samples."""
    for event in ledger.within():
        if event.batch is None:
            continue
        for leaf, ids in event.batch.other_ids.items():
            rows = zip(event.batch.ids, ids) if _readable(ids, ledger.scenario.n) else ()
            for row, (mine, other) in enumerate(rows):
                if None not in (mine, other) and mine != other:
                    return f"row {row} of {event.where} joins sample {mine} with sample {other} in {leaf}"
    return None


def _readable(ids: Tuple[Optional[int], ...], n: int) -> bool:
    """Say whether a leaf shows samples; what was changed too much to be read does so by chance alone."""
    read = [sample for sample in ids if sample is not None]
    return 2 * len(read) > len(ids) and all(sample < n for sample in read)


def turned_apart(ledger: Ledger) -> Optional[str]:
    """Tell of a mask, map or weights of pixels that lie otherwise than the picture: one of them was flipped."""
    for event in ledger.within():
        masks = event.batch.masks_aligned if event.batch is not None else {}
        for leaf, aligned in masks.items():
            if not all(aligned):
                where = f"row {aligned.index(False)} of {event.where}"
                picture = "the input beside it" if leaf.startswith("x") else "its picture"
                return f"in {where} {leaf} is not turned, flipped or moved as {picture} is"
    return None


def has_steps(ledger: Ledger) -> bool:
    """Say whether y has a value for each step of x, in all batches."""
    pairs = {
        (_length(leaf.shape), _length(batch.leaves[0].shape))
        for batch in ledger.batches()
        for leaf in batch.leaves
        if batch.padding and leaf.name.startswith("y")
    }
    return bool(pairs) and all(mine == steps for mine, steps in pairs)


def _length(shape: Tuple[int, ...]) -> int:
    return shape[1] if len(shape) > 1 else 0


def steps_apart(ledger: Ledger) -> Optional[str]:
    """Tell of a y or a mask that is filled up, turned or moved otherwise than the sequences that it is of.

    Where x is padding it holds then what belongs to steps of x: another value in another row.
    """
    for event in ledger.within():
        batch = event.batch
        if batch is None or not any(batch.padding):
            continue
        for name, rows in (("y", batch.targets), ("a mask beside x", _masks(batch))):
            for leaf in zip(*rows):
                beside = _at_padding(batch, leaf)
                if len(beside) > 1:
                    shown = " and ".join(map(plain, sorted(beside)[:2]))
                    return f"where x is padding in {event.where}, {name} is {shown}: its steps are others"
    return None


def _masks(batch: Batch) -> List[Tuple[Any, ...]]:
    """Return the further inputs of x that are made of zeros and ones."""
    leaves = [leaf for leaf in zip(*batch.companions) if {*_flat(leaf)} == {0.0, 1.0}]
    return list(zip(*leaves))


def _flat(leaf: Tuple[Any, ...]) -> List[Any]:
    return [one for row in leaf for one in (row if isinstance(row, tuple) else (None,))]


def _at_padding(batch: Batch, leaf: Tuple[Any, ...]) -> Set[Any]:
    """Return the values of a leaf at the steps that are padding; none of a row that has but one value."""
    steps = _length(batch.leaves[0].shape)
    rows = [
        (row, places)
        for row, places in zip(leaf, batch.padding)
        if isinstance(row, tuple) and len(row) == steps and len({*row}) > 1
    ]
    return {row[place] for row, places in rows for place in places}
