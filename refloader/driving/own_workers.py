"""The drive in which a worker process of the loader's own is killed."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from typing import Any, List

import psutil

from refloader.contract.drives import OWN_WORKERS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.direct import drive, steps_of
from refloader.driving.recording import Tick
from refloader.driving.resources import is_helper
from refloader.driving.subject import Bench

LOOK_SECONDS = 0.001


def own_workers(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read a batch, kill one of the processes that this has started, and read the rest."""
    with drive(OWN_WORKERS, bench, scenario, tick) as (recording, subject, _):
        for index in range(steps_of(subject) if subject is not None else 0):
            recording.read("epoch", 0, index, partial(_batch, subject, index))
            if index == 0:
                recording.facts["killed"] = _kill_one()
    return recording.ledger()


def _batch(subject: Any, index: int) -> Any:
    return subject.read(index)


def _kill_one() -> bool:
    """Kill the oldest process below this one that has none below it, if there is one."""
    leaves = [one for one in _below(psutil.Process()) if not _below(one)]
    for worker in sorted(leaves, key=lambda one: one.pid)[:1]:
        with contextlib.suppress(psutil.Error):
            worker.kill()
            while not _ended(worker):
                time.sleep(LOOK_SECONDS)
            return True
    return False


def _ended(worker: psutil.Process) -> bool:
    """Say whether a process is gone, but for its exit status.

    That is its parent's. A pool that somebody took it from never makes another worker, and looks for
    it in a loop without end.
    """
    return not worker.is_running() or bool(worker.status() == psutil.STATUS_ZOMBIE)


def _below(process: psutil.Process) -> List[psutil.Process]:
    """Return all processes that descend from this one, without multiprocessing's own helpers."""
    try:
        found = process.children(recursive=True)
    except psutil.Error:
        return []
    return [one for one in found if not is_helper(one)]
