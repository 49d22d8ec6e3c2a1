"""Drives made one after the other in a process of their own, with what becomes of one that hangs."""

from __future__ import annotations

from typing import Callable, List, Tuple

from refloader.contract import drives
from refloader.contract.ledger import UNBUILT, Ledger
from refloader.driving.drivers import Drive, is_fresh
from refloader.driving.processes.driving_process import Died, DrivingProcess
from refloader.driving.processes.standstill import BUSY
from refloader.driving.processes.stillness import (
    FEEDING,
    IMPORTING,
    MANY,
    NOTHING,
    READING,
    Hang,
    Patience,
)

#: Scenarios have a thousand samples or fewer, but for one of tens of thousands. Over more than these a loader
#: that computes long is none that hangs: it may do something dear for each sample, or each two of them, as a
#: graph's matrix is, and is not read then.
MANY_SAMPLES = 4_096
TAKES_LONG = "it takes long over so many samples"

Sweep = List[Tuple[Drive, Ledger]]


def sweep(plan: List[Drive], process: DrivingProcess, progress: Callable[[str], None]) -> Sweep:
    """Make all planned drives in one process, up to the first that hangs or ends it."""
    made: Sweep = []
    for drive in plan:
        ledger = make(drive, process)
        progress(drive.driver)
        made.append((drive, ledger))
        if ledger.hang or ledger.died:
            break
    return made


def make(drive: Drive, process: DrivingProcess) -> Ledger:
    """Make one drive in a driving process; a hang or the death of the process is in the ledger.

    Frameworks fork beside threads of their own, which now and then ends a process, or has it stand
    still, whatever the loader: there only what comes twice counts.
    """
    ledger = _made(drive, process)
    if drive.driver in drives.FRAMEWORK and (ledger.hang or ledger.died):
        return _made(drive, process)
    return ledger


def _made(drive: Drive, process: DrivingProcess) -> Ledger:
    name = getattr(drive.variant, "label", drive.driver)
    many = drive.scenario.n > MANY_SAMPLES
    try:
        ledger: Ledger = process.ask(drive, patience=patience_with(drive))
    except Hang as hang:
        if many and str(hang).startswith(BUSY):
            return Ledger(name, drive.scenario, facts={UNBUILT: TAKES_LONG})
        return Ledger(name, drive.scenario, hang=str(hang))
    except Died as death:
        return Ledger(name, drive.scenario, died=str(death))
    return ledger


def patience_with(drive: Drive) -> Patience:
    """Return how long a drive may go without an event.

    Fresh interpreters import the loader's module, and what that imports may be a framework.
    """
    if drive.driver in drives.FRAMEWORK:
        return FEEDING
    if drive.driver == drives.EMPTY:
        return NOTHING
    if drive.scenario.n > MANY_SAMPLES:
        return MANY
    starts = is_fresh(drive.variant) or getattr(drive.variant, "method", "fork") != "fork"
    return IMPORTING if starts else READING
