"""What can be told of the samples that a loader's rows show, and what its author can do where nothing can."""

from __future__ import annotations

from typing import List, Optional

from refloader.contract.judging.hidden import hidden_in
from refloader.contract.ledger import Batch, Ledger
from refloader.contract.policy import Policy
from refloader.driving.data.vector_code import VECTOR_LENGTH
from refloader.driving.observing.picture_shapes import channel_axis

PICTURES = (
    "flips, colours and noise are read through, and turns by up to 20 degrees with shifts by a tenth, or "
    "shears, or zooms by a fifth; what is more than that at once, mixes samples half and half or hides parts "
    "of them, such as random erasing, is to be left out by the factory; identify= can replace the recovery"
)
VECTORS = (
    "read are pictures, (n, height, width) or (n, height, width, channels), clips and volumes whose pictures "
    "all show the sample of their row, and rows of the "
    f"{VECTOR_LENGTH} values of samples.arrays: these may be scaled, standardised, cast and shaped anew, but "
    "neither put in another order nor cut or mixed, and padded by one value alone; in sequences (n, steps, "
    f"{VECTOR_LENGTH}) each step is the sample's values or padding; identify= can replace the recovery"
)
FLAT = (
    "each row of x has one value throughout: nothing is left of the samples, as after an overflow, a cast to "
    "whole numbers, or a division by what is large"
)
LISTED = (
    "x is a list of as many arrays as the batch has rows, which Keras takes for so many inputs: "
    "numpy.stack(rows) makes one of them"
)
#: One row of so many may be hidden: each judge lets such a row be any sample.
_HIDDEN = 5


def hidden_rows(ledgers: List[Ledger], policy: Policy) -> Optional[str]:
    """Say how many rows are augmented beyond recognition; a row of one colour hides nothing."""
    batches = [batch for ledger in ledgers for batch in ledger.batches()]
    unread = sum(hidden_in(ledger.events, policy) for ledger in ledgers)
    rows = sum(len(batch.ids) for batch in batches)
    if unread * _HIDDEN <= rows:
        return None
    return (
        f"{unread} of {rows} rows that its loader delivers are augmented beyond recognition: which "
        f"samples they are could not be recovered ({hint(batches)}; what is added to uint8 "
        "wraps round past 255 unless it is clipped)"
    )


def exchanged(first: Ledger, again: Ledger) -> Optional[str]:
    """Say so if rows of a loader that blends labels show another sample when they are read again."""
    batches = zip(first.batches(), again.batches())
    rows = [pair for one, other in batches for pair in zip(one.ids, other.ids) if None not in pair]
    changed = [pair for pair in rows if pair[0] != pair[1]]
    if not changed:
        return None
    return (
        f"{len(changed)} of {len(rows)} rows show another sample when they are read again, which then has the "
        "larger share in their blended labels: which sample a row is cannot be said. Let the larger share be "
        "the row's own, as by share = max(share, 1 - share)"
    )


def hint(batches: List[Batch]) -> str:
    """Say what is read through, of pictures or of what else x is; or that nothing is left to read."""
    if all(map(_is_listed, batches)):
        return LISTED
    spans = [span for batch in batches for span in batch.spans]
    if spans and not any(spans):
        return FLAT
    pictures = any(
        leaf.name.startswith("x") and channel_axis(leaf.shape) is not None
        for leaf in batches[0].leaves
    )
    return PICTURES if pictures else VECTORS


def _is_listed(batch: Batch) -> bool:
    """Say whether x is a list of rows: of as many arrays, all of one shape, as y has labels."""
    inputs = [leaf.shape for leaf in batch.leaves if leaf.name.startswith("x[")]
    labels = [leaf.shape[:1] or (1,) for leaf in batch.leaves if leaf.name.startswith("y")]
    rows = labels[0][0] if len(labels) == 1 else len(labels)
    return len(inputs) == rows > 1 and len(set(inputs)) == 1
