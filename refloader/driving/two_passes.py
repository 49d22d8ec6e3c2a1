"""The drive in which a loader is iterated over again before the first iteration has ended."""

from __future__ import annotations

from typing import Any, Iterator

from refloader.contract.drives import TWO_PASSES
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.direct import TOO_MANY, drive, steps_of
from refloader.driving.recording import Recording, Tick
from refloader.driving.subject import Bench

ALONE, FIRST, SECOND = "alone", "first of two", "second of two"


def two_passes(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Iterate once alone; then begin two iterations, the second after a batch of the first, and end both.

    A drive of its own: a loader that stands still in it has done all else that is asked of iteration.
    """
    with drive(TWO_PASSES, bench, scenario, tick) as (recording, subject, _):
        if subject is not None:
            most = steps_of(subject) + TOO_MANY
            _take(recording, _iterator(subject.loader), ALONE, most)
            first = _iterator(subject.loader)
            _take(recording, first, FIRST, 1)
            _take(recording, _iterator(subject.loader), SECOND, most)
            _take(recording, first, FIRST, most - 1)
    return recording.ledger()


def _iterator(loader: Any) -> Iterator[Any]:
    """Begin to iterate when the first batch is taken, so that an error of that is recorded too."""
    yield from iter(loader)


def _take(recording: Recording, iterator: Iterator[Any], phase: str, most: int) -> None:
    epoch = (ALONE, FIRST, SECOND).index(phase)
    for _ in range(most):
        try:
            if recording.read(phase, epoch, None, lambda: next(iterator)) is None:
                return
        except StopIteration:
            return
