"""Whether the arrays of a batch belong together: as many rows in each, of the same samples, that lie alike."""

from __future__ import annotations

from typing import Optional, Tuple

from refloader.contract.judging.questions import rows_come_first
from refloader.contract.ledger import Ledger


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
    """Tell of a mask or map that lies otherwise than its picture: one was flipped or moved, the other not."""
    for event in ledger.within():
        masks = event.batch.masks_aligned if event.batch is not None else {}
        for leaf, aligned in masks.items():
            if not all(aligned):
                where = f"row {aligned.index(False)} of {event.where}"
                picture = "its picture" if leaf.startswith("y") else "the input beside it"
                return f"in {where} {leaf} is not turned, flipped or moved as {picture} is"
    return None
