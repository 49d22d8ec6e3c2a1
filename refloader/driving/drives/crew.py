"""Worker processes that read a loader: who reads what is the same each time."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import cloudpickle

from refloader.contract.ledger import Event, Scenario
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Subject

# What the fork server imports once, so that none of its workers has to.
PRELOADED = ["refloader.driving.processes.process"]
# That too, where the loader has imported it: half a second in each worker.
DEAR = ("pandas",)


class Task(NamedTuple):
    """What one worker is to read: batches of an epoch, in this order."""

    phase: str
    epoch: int
    indexes: Sequence[int]


class Read(NamedTuple):
    """What one worker has read; `pid` is the process that it was."""

    pid: int
    events: List[Event]


def read_by_workers(
    method: str, tasks: Sequence[Task], subject: Subject, identify: Any, tick: Tick
) -> List[Read]:
    """Start one worker a task and return what each has read.

    method -- ``fork`` (the loader is inherited), ``spawn`` or ``forkserver`` (it is sent).
    Raises what pickling raises, where the loader cannot be sent.
    """
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([*PRELOADED, *(one for one in DEAR if one in sys.modules)])
    parcel = Parcel(subject)
    # The user's own function may be a lambda, which pickle by itself does not send.
    sent = cloudpickle.dumps(identify)
    crew: List[Tuple[Any, Connection]] = []
    try:
        for task in tasks:
            here, there = context.Pipe(duplex=False)
            crew.append((context.Process(target=work, args=(there, parcel, sent, task)), here))
            with there:
                crew[-1][0].start()
        return [_answer(*member, task, tick) for member, task in zip(crew, tasks)]
    finally:
        for worker, connection in crew:
            connection.close()
            if worker.pid is not None:
                worker.join()


def _answer(worker: Any, connection: Connection, task: Task, tick: Tick) -> Read:
    """Wait for a worker's events; one that ended without any has failed at all it was to read."""
    try:
        while True:
            events = connection.recv()
            if events is not None:
                return Read(worker.pid, events)
            tick()
    except EOFError:
        worker.join()
        error = f"its worker process ended with status {worker.exitcode}"
        lost = [Event(*task[:2], index, error=error, error_type="Died") for index in task.indexes]
        return Read(worker.pid, lost)


def work(connection: Connection, parcel: Parcel, identify: bytes, task: Task) -> None:
    """Read the batches of a task and send them as events (run in a worker)."""

    def tick() -> None:
        connection.send(None)

    scenario = parcel.subject.scenario if parcel.subject else Scenario(0, 1)
    recording = Recording("worker", scenario, cloudpickle.loads(identify), tick)
    for index in task.indexes:
        recording.read_index(task.phase, task.epoch, index, parcel)
    connection.send(list(recording.ledger().events))


class Parcel:
    """A subject on its way to a worker: what unpickling raises is kept, as any reading's error."""

    def __init__(self, subject: Subject) -> None:
        self.subject: Optional[Subject] = subject
        self._error: Optional[Exception] = None

    def read(self, index: int) -> Any:
        """Return a batch, or raise what kept the loader from arriving."""
        if self.subject is None:
            raise RuntimeError("it arrives broken") from self._error
        return self.subject.read(index)

    def __getstate__(self) -> bytes:
        return bytes(ForkingPickler.dumps(self.subject))

    def __setstate__(self, data: bytes) -> None:
        self.subject, self._error = None, None
        try:
            self.subject = pickle.loads(data)  # noqa: S301 - pickled by the parent
        except Exception as error:  # noqa: BLE001 - whatever a loader's unpickling raises is judged
            self._error = error
