"""The drive that interrupts reads at each of their lines, of loaders that are built anew for it."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Any, Callable, FrozenSet, Optional, Tuple

from refloader.contract.drives import INTERRUPTED
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.broken_off import spoilt
from refloader.driving.drives.direct import drive, read_epochs
from refloader.driving.drives.sources import subject_files
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.children import running
from refloader.driving.surroundings.interrupting import (
    Place,
    catching,
    deaf_place,
    ignoring,
    run_places,
    shown,
    swallows,
)
from refloader.driving.surroundings.leaving import own_temporary

#: A loader's own files, and what reads its next batch.
Reading = Tuple[FrozenSet[str], Callable[[], Any]]


def interrupted(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Interrupt reads wherever an error is caught, and wherever something may be half done."""
    others = running()
    with drive(INTERRUPTED, bench, scenario, tick) as (recording, subject, samples), own_temporary(
        bench.folder
    ):
        if subject is not None:
            read_epochs(recording, subject, "epoch", [0])
            workers = running() > others
            recording.facts["swallowed"] = swallowed(bench, samples, scenario)
            listen(recording, bench, samples, scenario)
            if bench.policy.kind == "sequence":
                # What cannot be built or read is others' concern.
                with contextlib.suppress(Exception):
                    recording.facts["spoilt"] = spoilt(
                        bench, samples, scenario, tick, workers=workers
                    )
    return recording.ledger()


def swallowed(bench: Bench, samples: Samples, scenario: Scenario) -> Optional[str]:
    """Return the first place at which the read of the first or second batch goes on after an interrupt."""

    def reading(begun: Callable[[Subject], Callable[[], Any]]) -> Reading:
        # Anew each time: an interrupt may leave a loader with a lock held.
        subject = bench.build(samples, scenario)
        read = begun(subject)
        return subject_files(subject), read

    ways = (_by_index, _at_first, _by_iteration)[: 3 if bench.policy.kind == "sequence" else 2]
    for begun in ways:
        # What cannot be built or read is others' concern.
        with contextlib.suppress(Exception):
            place = _deaf(lambda: reading(begun))  # noqa: B023 - called at once
            if place is not None:
                return shown(place)
    return None


def _by_index(subject: Subject) -> Callable[[], Any]:
    subject.read(0)
    return lambda: subject.read(1)


def _at_first(subject: Subject) -> Callable[[], Any]:
    return lambda: subject.read(0)


def _by_iteration(subject: Subject) -> Callable[[], Any]:
    batches = iter(subject.loader)
    next(batches)
    return lambda: next(batches)


def _deaf(reading: Callable[[], Reading]) -> Optional[Place]:
    files, read = reading()
    risky = frozenset().union(*map(catching, files))
    places = run_places(files, read) if risky else {}
    tried = (
        (one, time) for one, times in places.items() if one in risky for time in sorted({1, times})
    )
    return next((one for one, time in tried if swallows(*reading(), one, time)), None)


def listen(recording: Recording, bench: Bench, samples: Samples, scenario: Scenario) -> None:
    """Note what takes Ctrl-C once a loader is built and read, and while it reads, if it ends nothing."""
    if threading.current_thread() is not threading.main_thread():
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with contextlib.suppress(Exception):
            subject = bench.build(samples, scenario)
            subject.read(0)
            recording.facts["ignored_by"] = ignoring(signal.getsignal(signal.SIGINT))
            deaf = deaf_place(subject_files(subject), lambda: subject.read(1))
            recording.facts["deaf_at"] = deaf and shown(deaf)
    finally:
        signal.signal(signal.SIGINT, before)
