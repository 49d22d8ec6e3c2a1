"""What is said of the orders of shuffled epochs: how they are not as chance has it."""

from __future__ import annotations

from collections import Counter
from typing import Any, List, Optional, Sequence

from refloader.contract.judging.evenness import (
    MANY_EPOCHS,
    Evenness,
    batches,
    company,
    drift,
    least_often,
    spread,
)
from refloader.contract.judging.questions import LEAST_ROUND


def drifting(epochs: List[Any], allowed: float = 0.0) -> Optional[str]:
    """Tell of orders in which what stands later in the data set comes later, as from a small buffer.

    allowed -- a correlation that is, where it is more than chance allows samples that are drawn one by one
    """
    found = drift(epochs) if epochs else None
    limit = max(found.limit, allowed) if found is not None else allowed
    if found is not None and abs(found.correlation) > limit:
        figures = f"correlation {found.correlation:.2f}, {limit:.2f} allowed"
        over = "one epoch" if len(epochs) == 1 else f"{len(epochs)} epochs"
        return f"over {over} the later samples come in later batches ({figures})"
    return None


def close(epochs: List[Any], enough: float = 1.0) -> Optional[str]:
    """Tell of batches whose samples are neighbours in the data set, as where it is shuffled block by block.

    enough -- a share of the distance to be expected that is, where it is less than chance allows
    """
    found = spread(epochs)
    if found is None:
        return None
    least = min(found.limit, enough * found.due)
    if found.found >= least:
        return None
    due = f"{found.due:.0f} were to be expected, {least:.0f} at least"
    near = "the samples of a batch are near each other in the data set"
    return f"{near}: first and last are {found.found:.0f} places apart on average; {due}"


def same_batches(epochs: List[Any]) -> Optional[str]:
    """Tell of two epochs in a row of the same batches, as of one that is read backwards."""
    # Of one row each epoch has the same.
    several = [{frozenset(map(str, ids)) for ids in epoch if len(ids) > 1} for epoch in epochs]
    for number, (before, after) in enumerate(zip(several, several[1:])):
        if before == after and len(before) >= LEAST_ROUND:
            return (
                f"epochs {number} and {number + 1} have the same batches, in another order at most"
            )
    return None


def left_out(epochs: List[Any], n: int) -> Optional[str]:
    """Tell of a sample that is in the tail that is dropped far more often than chance has it."""
    counts = Counter(row for epoch in epochs for ids in epoch for row in ids)
    least = least_often(len(epochs), sum(counts.values()) / len(epochs) / n) if epochs else 0
    for sample in range(n if len(epochs) >= MANY_EPOCHS and None not in counts else 0):
        if counts[sample] < least:
            seldom = f"sample {sample} is delivered in {counts[sample]} of {len(epochs)} epochs"
            return f"{seldom}, and is in the tail that is dropped in the others; {least:.0f} at least were due"
    return None


def in_file_order(epochs: List[Any]) -> Optional[str]:
    """Tell of the order of the data set, also where its tail is dropped, or filled up with what was there."""
    for number, epoch in enumerate(epochs):
        rows = list(dict.fromkeys(row for ids in epoch for row in ids))
        if len(rows) >= LEAST_ROUND and None not in rows and rows == sorted(rows):
            return f"epoch {number} has the order of the data set"
    return None


def is_whole(epoch: List[Any], first: List[Any], n: int) -> bool:
    """Say whether an epoch holds each sample once, in batches of the sizes of the first epoch."""
    rows = sorted(str(row) for ids in epoch for row in ids)
    return rows == sorted(map(str, range(n))) and [*map(len, epoch)] == [*map(len, first)]


def uneven(epochs: List[Any], labels: Sequence[int]) -> Optional[str]:
    """Tell of a sample that is too often, or too seldom, in a batch or with another sample."""
    if len(epochs) < MANY_EPOCHS:
        return None
    return _uneven(batches(epochs), "in batch") or _uneven(
        company(epochs, labels), "in one batch with sample"
    )


def _uneven(found: Optional[Evenness], where: str) -> Optional[str]:
    if found is None or found.statistic <= found.limit:
        return None
    common = f"sample {found.first} is {found.times} times in {found.of} epochs {where}"
    statistic = f"chi-square {found.statistic:.0f}, {found.limit:.0f} allowed"
    return f"{common} {found.second}; {found.due:.0f} times were to be expected ({statistic})"
