"""The drive in which a loader is iterated over again before the first iteration has ended."""

from __future__ import annotations

import threading
from typing import Any, Iterator

from refloader.contract.chapters.passes import AT_A_TIME, BY_TURNS
from refloader.contract.drives import TWO_PASSES
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.drives.direct import TOO_MANY, drive, steps_of
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject

ALONE = "alone"


def two_passes(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Iterate once alone; then twice at a time: the second while the first is at its second batch; by turns.

    While the first is under way a batch is read in another thread too.

    A drive of its own: a loader that stands still in it has done all else that is asked of iteration.
    """
    with drive(TWO_PASSES, bench, scenario, tick) as (recording, subject, _):
        if subject is not None:
            steps = recording.facts["steps"] = steps_of(subject)
            most = steps + TOO_MANY
            _take(recording, _iterator(subject.loader), ALONE, most)
            first, second = _iterator(subject.loader), _iterator(subject.loader)
            _take(recording, first, AT_A_TIME[0], 1)
            _read_in_another_thread(recording, subject)
            _take(recording, second, AT_A_TIME[1], most)
            _take(recording, first, AT_A_TIME[0], most - 1)
            both = [(_iterator(subject.loader), phase) for phase in BY_TURNS]
            for iterator, phase in both * steps:
                _take(recording, iterator, phase, 1)
    return recording.ledger()


def _read_in_another_thread(recording: Recording, subject: Subject) -> None:
    """Read the batch that an iteration in this thread comes to next, which must not keep others from it."""
    reader = threading.Thread(
        target=recording.read, args=("beside", 0, 1, lambda: subject.read(1)), daemon=True
    )
    reader.start()
    # As long as it takes: whoever waits for ever is found by standing still.
    reader.join()


def _iterator(loader: Any) -> Iterator[Any]:
    """Begin to iterate when the first batch is taken, so that an error of that is recorded too."""
    yield from iter(loader)


def _take(recording: Recording, iterator: Iterator[Any], phase: str, most: int) -> None:
    epoch = (ALONE, *AT_A_TIME, *BY_TURNS).index(phase)
    for _ in range(most):
        try:
            if recording.read(phase, epoch, None, lambda: next(iterator)) is None:
                return
        except StopIteration:
            return
