"""The drive in which the worker processes of the loader's own are killed."""

from __future__ import annotations

import contextlib
import time

import psutil

from refloader.contract.drives import OWN_WORKERS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.drives.direct import drive, steps_of
from refloader.driving.observing.recording import Recording, Tick, failed
from refloader.driving.subject import Bench
from refloader.driving.surroundings.children import below

LOOK_SECONDS = 0.001


def own_workers(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read a batch, kill the processes that this has started, and read the rest."""
    with drive(OWN_WORKERS, bench, scenario, tick) as (recording, subject, _):
        for index in range(steps_of(subject) if subject is not None else 0):
            recording.read_index("epoch", 0, index, subject)
            if index == 0 and not _kill(recording):
                break
    return recording.ledger()


def _kill(recording: Recording) -> bool:
    """Kill the workers; say whether there is more to read, and no error that has ended it already."""
    try:
        recording.facts["killed"] = _kill_workers()
    except Exception as error:  # noqa: BLE001 - a handler of SIGCHLD, such as torch's, raises where it will
        recording.facts["killed"] = True
        recording.add([failed("epoch", 0, None, error)])
        return False
    return True


def _kill_workers() -> bool:
    """Kill all processes below this one that have none below them; say whether there is one.

    All, as it is chance which of them holds the lock of a queue that the others wait for.
    """
    workers = [one for one in below(psutil.Process()) if not below(one)]
    for worker in workers:
        with contextlib.suppress(psutil.Error):
            worker.kill()
    for worker in workers:
        with contextlib.suppress(psutil.Error):
            while not _ended(worker):
                time.sleep(LOOK_SECONDS)
    return bool(workers)


def _ended(worker: psutil.Process) -> bool:
    """Say whether a process is gone, but for its exit status.

    That is its parent's. A pool that somebody took it from never makes another worker, and looks for
    it in a loop without end.
    """
    return not worker.is_running() or bool(worker.status() == psutil.STATUS_ZOMBIE)
