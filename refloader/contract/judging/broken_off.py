"""What a batch holds after a read was broken off, held against what it holds otherwise."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from refloader.contract.judging.questions import plain

#: (sample, y) of each row of a batch.
Rows = Tuple[Tuple[Optional[int], Any], ...]


def otherwise(place: str, index: int, found: Rows, usual: Rows) -> str:
    """Tell what a batch holds after an interrupt, and what it holds otherwise."""
    after = f"after an interrupt before {place}"
    if len(found) != len(usual):
        return f"{after} batch {index} has {len(found)} rows, and {len(usual)} otherwise"
    pairs = list(zip(found, usual))
    # Of what is augmented some rows cannot be read: first those that can.
    others = [row for row, ((one, _), (other, _)) in enumerate(pairs) if one != other]
    for row in sorted(others, key=lambda row: pairs[row][0][0] is None):
        (mine, _), (theirs, _) = pairs[row]
        return (
            f"{after} row {row} of batch {index} is {_named(mine)}, and {_named(theirs)} otherwise"
        )
    row = next(row for row, (one, other) in enumerate(pairs) if one != other)
    (sample, target), (_, other) = pairs[row]
    return (
        f"{after} {_named(sample)} comes with y = {plain(target)} in batch {index}, "
        f"and with {plain(other)} otherwise"
    )


def _named(sample: Optional[int]) -> str:
    return "no sample" if sample is None else f"sample {sample}"
