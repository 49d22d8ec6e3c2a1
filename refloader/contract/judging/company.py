"""What a sample is delivered as in batches of others: no step is cut, no mask or further input exchanged."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from refloader.contract.judging.questions import plain
from refloader.contract.judging.rows import Row, known_rows
from refloader.contract.judging.values import AT_ONCE
from refloader.contract.ledger import Ledger


def padded_otherwise(ledger: Ledger) -> Optional[str]:
    """Tell of a sample with more steps, or another mask, where it is read in one batch with all the others."""
    firsts: Dict[int, Tuple[Row, Tuple[Any, ...]]] = {}
    for row in known_rows(ledger):
        if row.event.phase not in {"epoch", AT_ONCE}:
            continue
        found = _unpadded(row)
        first, usual = firsts.setdefault(row.sample, (row, found))
        for place, (one, other) in enumerate(zip(usual, found)):
            if one != other and not (place and _padded_alike(first, row, place - 1)):
                before, now = (_told(place, value) for value in (one, other))
                where = f"{first.event.where}, and {now} in {row.event.where}, among other samples"
                return f"sample {row.sample} has {before} in {where}"
    return None


def _unpadded(row: Row) -> Tuple[Any, ...]:
    """Return how many steps a row has, and its rows of further inputs without their padding."""
    steps = row.batch.steps[row.place] if row.batch.steps else None
    return (steps, *map(_stripped, row.companions))


def _stripped(value: Any) -> Any:
    """Return a whole number, or a row of such without the zeros before and behind; None for any other.

    What is measured, as a place within the longest, may well depend on the batch.
    """
    numbers = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(one, float) and one.is_integer() for one in numbers):
        return None
    if not isinstance(value, tuple):
        return value
    places = [place for place, one in enumerate(value) if one]
    return value[places[0] : places[-1] + 1] if places else ()


def _padded_alike(first: Row, second: Row, place: int) -> bool:
    """Say whether one row of a further input is the other, filled up behind with one value that is not 0.

    So labels are, by the blank of CTC. What is cut off of one value that goes on is no fill.
    """
    one, other = sorted((first.companions[place], second.companions[place]), key=_length)
    if not isinstance(one, tuple) or not isinstance(other, tuple):
        return False
    fill = {*other[len(one) :]}
    return other[: len(one)] == one and len(fill) == 1 and fill.isdisjoint(one[-1:])


def _length(value: Any) -> int:
    return len(value) if isinstance(value, tuple) else 0


def _told(place: int, value: Any) -> str:
    return f"{plain(value)} in a further input" if place else f"{value} of its steps"


def inputs_apart(ledger: Ledger) -> Optional[str]:
    """Tell of a further input that one sample has otherwise elsewhere in a batch, or in another epoch.

    What is the same for all samples at a place, as positions are, is no sample's; nor is what has a value for
    each row of the batch, as which of them are neighbours.
    """
    firsts: Dict[Tuple[int, int], Tuple[Row, Any]] = {}
    for row in known_rows(ledger):
        joined = any(ids != row.batch.ids for ids in row.batch.partners)
        if row.event.phase != "epoch" or joined:
            continue
        for place, value in enumerate(row.companions):
            first, usual = firsts.setdefault((row.sample, place), (row, value))
            if value != usual and not _of_the_batch(ledger, place):
                return (
                    f"sample {row.sample} has {plain(usual)} in a further input in {first.event.where}, and "
                    f"{plain(value)} in {row.event.where}"
                )
    return None


def _of_the_batch(ledger: Ledger, place: int) -> bool:
    """Say whether a further input is told by a row's place, or is as wide as its batch has rows."""
    by_place: Dict[Any, Any] = {}
    told = all(
        by_place.setdefault((row.event.index, row.place), row.companions[place])
        == row.companions[place]
        for row in known_rows(ledger)
        if row.event.phase == "epoch"
    )
    wide = any(
        len(batch.ids) in leaf.shape[1:]
        for batch in ledger.batches("epoch")
        for leaf in batch.leaves
    )
    return told or wide
