"""What a sample of padded sequences is delivered as in batches of others: nothing is cut, no mask exchanged."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from refloader.contract.judging.questions import plain
from refloader.contract.judging.rows import Row, known_rows
from refloader.contract.judging.values import AT_ONCE
from refloader.contract.ledger import Event, Ledger


def padded_otherwise(ledger: Ledger) -> Optional[str]:
    """Tell of a sample with more steps, or another mask, where it is read in one batch with all the others."""
    firsts: Dict[int, Tuple[Event, Tuple[Any, ...]]] = {}
    for row in known_rows(ledger):
        if row.event.phase not in {"epoch", AT_ONCE}:
            continue
        found = _unpadded(row)
        first, usual = firsts.setdefault(row.sample, (row.event, found))
        for place, (one, other) in enumerate(zip(usual, found)):
            if one != other:
                before, now = (_told(place, value) for value in (one, other))
                where = f"{first.where}, and {now} in {row.event.where}, among other samples"
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


def _told(place: int, value: Any) -> str:
    return f"{plain(value)} in a further input" if place else f"{value} of its steps"
