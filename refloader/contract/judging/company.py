"""What a sample is delivered as in batches of others: no step is cut, no mask or further input exchanged."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Tuple

from refloader.contract.judging.questions import plain
from refloader.contract.judging.rows import Row, known_rows
from refloader.contract.ledger import AT_ONCE, Ledger


def padded_otherwise(ledger: Ledger) -> Optional[str]:
    """Tell of a sample with more steps, or another mask, where it is read in one batch with all the others."""
    firsts: Dict[int, Tuple[Row, Tuple[Any, ...]]] = {}
    read = [row for row in known_rows(ledger) if row.event.phase in {"epoch", AT_ONCE}]
    blanks = _blanks(read)
    # Where one row is a whole batch, as of graphs that are joined, no steps are counted.
    counted = [row for row in read if row.batch.steps]
    for row in counted or read:
        found = _unpadded(row)
        first, usual = firsts.setdefault(row.sample, (row, found))
        for place, (one, other) in enumerate(zip(usual, found)):
            if one != other and not (place and _padded_alike(first, row, place - 1, blanks)):
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


def _padded_alike(first: Row, second: Row, place: int, blanks: Set[Any]) -> bool:
    """Say whether one row of a further input is the other, filled up behind with one value that is not 0.

    So labels are, by the blank of CTC. What is cut off of one value that goes on is no fill.
    """
    one, other = _by_length(first, second, place)
    if (place, other[-1:]) not in blanks:
        return False
    return _without_end(one, other[-1]) == _without_end(other, other[-1])


def _blanks(rows: List[Row]) -> Set[Any]:
    """Return each further input and the value that it is filled up with behind one that ends otherwise."""
    firsts: Dict[int, Row] = {}
    found: Set[Any] = set()
    for row in rows:
        first = firsts.setdefault(row.sample, row)
        for place in range(min(len(first.companions), len(row.companions))):
            one, other = _by_length(first, row, place)
            fill = {*other[len(one) :]}
            if other[: len(one)] == one and len(fill) == 1 and fill.isdisjoint(one[-1:]):
                found.add((place, other[-1:]))
    return found


def _by_length(first: Row, second: Row, place: int) -> List[Tuple[Any, ...]]:
    """Return both values of a further input, the shorter one first; of a single number nothing."""
    values = (first.companions[place], second.companions[place])
    return sorted((one if isinstance(one, tuple) else () for one in values), key=len)


def _without_end(value: Tuple[Any, ...], fill: Any) -> Tuple[Any, ...]:
    kept = len(value)
    while kept and value[kept - 1] == fill:
        kept -= 1
    return value[:kept]


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
