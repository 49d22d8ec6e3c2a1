"""The drive in which worker processes share out the indexes of each epoch, as a framework's do."""

from __future__ import annotations

import contextlib
import multiprocessing
from dataclasses import dataclass
from typing import Any, List

from refloader.contract.drives import PROCESSES
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.drives.crew import Task, read_by_workers
from refloader.driving.drives.direct import drive, steps_of
from refloader.driving.observing.recording import Recording, Tick, describe
from refloader.driving.subject import Bench
from refloader.driving.surroundings.offsets import moved, read_positions

METHODS = ("fork", "spawn", "forkserver")


@dataclass(frozen=True)
class Pool:
    """Worker processes: how they are started, how many, and for how many epochs anew."""

    method: str
    workers: int = 2
    epochs: int = 2

    @property
    def label(self) -> str:
        """The drive's name in a ledger."""
        return f"{PROCESSES}, {self.method}"


def pools() -> List[Pool]:
    """Return a pool for each start method that this platform has.

    A spawned worker takes a second to start, and is sent what a fork server's is sent: where there are
    both, later epochs are the latter's.
    """
    here = [name for name in METHODS if name in multiprocessing.get_all_start_methods()]
    return [Pool(name, epochs=1 if name == "spawn" and len(here) > 1 else 2) for name in here]


def processes(bench: Bench, scenario: Scenario, tick: Tick, pool: Pool) -> Ledger:
    """Let workers read each epoch, with the hooks called here and new workers after them.

    The first epoch is that of a loader that nobody has read. Before the second a batch is read here, as a
    framework does that looks at its shapes: what is opened then is open in the workers too. What is due in
    an epoch is told by one process alone, forked before the workers are started: so nobody's reading but the
    workers' own could move the loader on.
    """
    with drive(pool.label, bench, scenario, tick) as (recording, subject, _):
        recording.facts.update(role="workers", workers=pool.workers, method=pool.method, pids={})
        recording.facts["moved_files"] = []
        for epoch in range(pool.epochs if subject is not None else 0):
            if epoch:
                _look(subject)
            _epoch(recording, subject, pool, epoch, tick)
            if epoch and pool.method == "fork":
                _read_the_last(subject, tick)
    return recording.ledger()


def _read_the_last(subject: Any, tick: Tick) -> None:
    """Let a worker begin with the last batch: it stands still there, or nothing comes of it.

    Threads of a pool that the loader has here are not in a fork, though the pool counts them there. A
    full batch may make it start others; of one row it waits for those that it counts.
    """
    last = range(steps_of(subject))[-1:]
    with contextlib.suppress(Exception):
        read_by_workers("fork", [Task("alone", 0, last)], subject, None, tick)


def _look(subject: Any) -> None:
    # What it raises, each worker's own reading tells.
    with contextlib.suppress(Exception):
        subject.read(0)


def _epoch(recording: Recording, subject: Any, pool: Pool, epoch: int, tick: Tick) -> None:
    subject.hook("on_epoch_begin")
    due = [Task("alone", epoch, range(steps_of(subject)))]
    before = read_positions()
    (alone,) = read_by_workers("fork", due, subject, recording.identify, tick)
    recording.add(alone.events)
    if pool.method == "fork":
        # In later epochs the position may end where the epoch before has left it.
        recording.facts["moved_files"] += moved(before, subject.loader)
    if not recording.facts["moved_files"]:
        # Else what each of them gets is a race, and another one each time.
        _serve(recording, subject, pool, epoch, tick)
    subject.hook("on_epoch_end")


def _serve(recording: Recording, subject: Any, pool: Pool, epoch: int, tick: Tick) -> None:
    steps = range(steps_of(subject))
    shares = [steps[worker :: pool.workers] for worker in range(pool.workers)]
    try:
        tasks = [Task("workers", epoch, share) for share in shares]
        read = read_by_workers(pool.method, tasks, subject, recording.identify, tick)
    except Exception as error:  # noqa: BLE001 - what keeps a loader from its workers is judged
        recording.facts["refused"] = describe(error)
    else:
        recording.facts["pids"][epoch] = [one.pid for one in read]
        events = [event for one in read for event in one.events]
        recording.add(sorted(events, key=lambda event: event.index or 0))
