"""What becomes of an interrupt in each line of a read, by loaders that are built anew for it."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Any, Callable, FrozenSet, Optional, Tuple

from refloader.contract.ledger import Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.interleaving import files_behind, own_files
from refloader.driving.observing.recording import Recording
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.interrupting import (
    Place,
    catching,
    deaf_place,
    ignoring,
    run_places,
    shown,
    swallows,
)

#: A loader's own files, and what reads its next batch.
Reading = Tuple[FrozenSet[str], Callable[[], Any]]


def swallowed(bench: Bench, samples: Samples, scenario: Scenario) -> Optional[str]:
    """Return the first place at which the read of the first or second batch goes on after an interrupt."""

    def reading(begun: Callable[[Subject], Callable[[], Any]]) -> Reading:
        # Anew each time: an interrupt may leave a loader with a lock held.
        subject = bench.build(samples, scenario)
        read = begun(subject)
        return files_of(subject), read

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
            deaf = deaf_place(files_of(subject), lambda: subject.read(1))
            recording.facts["deaf_at"] = deaf and shown(deaf)
    finally:
        signal.signal(signal.SIGINT, before)


def files_of(subject: Subject) -> FrozenSet[str]:
    """Return the loader's own source files."""
    streams = subject.policy.kind == "generator"
    return files_behind(subject.stream()) if streams else own_files(subject.loader)
