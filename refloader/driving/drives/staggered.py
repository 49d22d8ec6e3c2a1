"""The drive in which the loader's own threads and processes are held up, each for another while."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import threading
import time
from typing import Any, Dict, Iterator

from refloader.contract.drives import STAGGERED
from refloader.contract.judging.questions import ITERATED, RUN_OUT
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.direct import (
    TOO_MANY,
    built_anew,
    drive,
    iterate,
    read_epochs,
    steps_of,
)
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.ownership import is_own
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.waits import first_runs_out

#: So many calls are held up in each process, for this times 0 to 7.
CALLS, HELD_UP_SECONDS = 256, 0.0007
#: One of them is held up for long, as by a disk that has to start: at first in reading one of the first
#: batches, when it is iterated over again in reading a later one, for which some wait in another way.
EARLY, LATER, LONG_SECONDS = 9, 25, 0.4
#: Holds up the calls of four workers that begin at once for four different times, the first for long.
_TIMES = (7, 3, 5, 0, 6, 1, 4, 2)


def staggered(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read some epochs while what the loader has others do takes now longer and now shorter.

    So it is with files of several sizes, a disk that is busy, and processes that are put aside.
    """
    with _held_up() as hold_up, drive(STAGGERED, bench, scenario, tick) as made:
        recording, subject, samples = made
        if subject is not None:
            _read(recording, subject, hold_up)
            _run_out(recording, bench, samples, subject)
    return recording.ledger()


def _read(recording: Recording, subject: Subject, hold_up: _HoldUp) -> None:
    # First, as what is held up for long is one of the first calls.
    if subject.policy.kind == "sequence":
        most = steps_of(subject) + TOO_MANY
        for epoch, (phase, call) in enumerate(zip(ITERATED, (EARLY, LATER))):
            hold_up.anew(call)
            iterate(recording, subject, phase, epoch, most)
    read_epochs(recording, subject, "epoch", range(recording.scenario.epochs))


def _run_out(recording: Recording, bench: Bench, samples: Samples, subject: Subject) -> None:
    """Read one more loader, whose first wait of a limited time finds nothing in that time."""
    other = built_anew(bench, samples, subject)
    if other is None:
        return
    most = steps_of(subject) + (TOO_MANY if subject.policy.kind == "sequence" else 0)
    with first_runs_out() as ended:
        iterate(recording, other, RUN_OUT, 0, most)
    recording.facts["ran_out"] = ended


@contextlib.contextmanager
def _held_up() -> Iterator[_HoldUp]:
    """Have calls into the user's own files wait, in threads that begin from now on and forked processes."""
    hold_up = _HoldUp()
    threading.setprofile(hold_up)
    sys.setprofile(hold_up)  # for what is forked from this thread
    try:
        yield hold_up
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


class _HoldUp:
    """What the interpreter calls at each call and return: in any other thread or process than this it waits."""

    def __init__(self) -> None:
        self._process, self._here = os.getpid(), threading.get_ident()
        self.anew(EARLY)

    def anew(self, long: int) -> None:
        """Count the calls of each process from 0 on; the one of this number is held up for long."""
        self._calls: Dict[int, Iterator[int]] = {}
        self._long = long

    def __call__(self, frame: Any, event: str, _: Any) -> None:
        if event == "call" and is_own(frame.f_code.co_filename) and self._elsewhere():
            time.sleep(self._seconds())

    def _elsewhere(self) -> bool:
        return (os.getpid(), threading.get_ident()) != (self._process, self._here)

    def _seconds(self) -> float:
        me = os.getpid()
        number = next(self._calls.setdefault(me, itertools.count()))
        if number == self._long:
            return LONG_SECONDS
        # Processes that begin at once are to wait for different times too.
        turn = number + me - self._process
        return HELD_UP_SECONDS * _TIMES[turn % len(_TIMES)] if number < CALLS else 0
