"""Whether a process and its workers stand still."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import AbstractSet, Dict, List, NamedTuple, Optional, Set

import psutil

from refloader.driving.processes.family import family
from refloader.driving.processes.standstill import BUSY, standstill, within_packages

APART_SECONDS = 2.8
LOOK_SECONDS = 0.5
# Idle pools wake up now and then, and what waits for a flag looks at it every few milliseconds: so
# much processor time of each process between two looks, or such a share of it, is standing still.
IDLE_SECONDS = 0.1
IDLE_SHARE = 0.1
# On a starved machine a process may not run for seconds, nor while it waits for a disk: it is not
# still if it is found so at each of some glances. What only looks at a flag is found so now and then.
GLANCES = 4
GLANCE_SECONDS = 0.01
_GOING = (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)


# Drives that ended in a loop make those after them shorter of patience, so many times.
MOST_LOOPS = 2


class Patience(NamedTuple):
    """How long a drive may go without an event before that is a hang.

    spin -- seconds of processor time of one process: a loop that goes nowhere uses that too.
    looks -- how many looks at the stacks, APART_SECONDS apart, must show the same, while no
        processor time is used.
    native -- the same, where all of them wait in the native code of an installed package.
    again -- the same, where an earlier drive of this loader came to an end in this very place.
    """

    spin: float
    looks: int
    native: int
    again: int

    def after_loops(self, seen: int) -> Patience:
        """Return that with a loader in which loops without end were seen: each drive may come into one."""
        return self._replace(spin=self.spin / 3 ** min(seen, MOST_LOOPS))


# When a tf.data iterator is freed, its tuner's thread is waited for; where that misses being told to stop,
# it sleeps its period out, which grows to a minute (seen on TensorFlow 2.15, on a busy machine, once in
# ten; and where a data set is read directly, for a hundred epochs, on 2.21).
_TUNED = 24
# A worker that imports a framework, because the loader's module does, takes a third of this.
READING = Patience(30.0, looks=3, native=_TUNED, again=1)
# Without samples there is nothing to compute, and the loop around them is what is looked for.
NOTHING = READING._replace(spin=5.0)
# Of very many samples a loader may be dear to build, and then it is not read.
MANY = READING._replace(spin=10.0)
# Importing and tracing in a framework takes longer than any loader may.
IMPORTING = Patience(180.0, looks=3, native=_TUNED, again=3)
# Keras of TensorFlow 2 waits up to five seconds for each enqueuer to end; tf_keras three times in a
# row at the same place, when the readers of fit and of its validation are taken down.
FEEDING = Patience(180.0, looks=8, native=_TUNED, again=8)


class Hang(Exception):  # noqa: N818 - a verdict, not an error of the suite
    """The drive stood still and was ended; the text holds the stacks of all its processes."""


class Watch:
    """Decides whether a process group stands still.

    known -- what was said of earlier hangs of the same loader (see standstill)
    """

    def __init__(
        self, pid: int, stacks: Path, patience: Patience, known: AbstractSet[str] = frozenset()
    ) -> None:
        self._pid = pid
        self._stacks = stacks
        self._patience = patience
        self._known = known
        self.moved()

    def moved(self) -> None:
        """Note progress: an event."""
        # Looking through the processes is dear, and events are many: that waits for the next look.
        self._begun: Optional[Dict[int, float]] = None
        self._seen: List[Dict[int, str]] = []

    def look(self) -> None:
        """Raise Hang if nothing has moved for long, or much was computed without an event."""
        used = self._cpu()
        if self._begun is None:
            self._begun = used
            self._breathed(used)
        elif max(_since(self._begun, used), default=0) > self._patience.spin:
            # Beside a worker that is busy for ever, the loader waits.
            busy = self._own(used) - self._own(self._begun) > self._patience.spin
            raise Hang((BUSY if busy else "") + _text(self._dump()))
        elif self._stirs(used) or self._going():
            self._breathed(used)
        elif time.monotonic() - self._last > APART_SECONDS:
            self._compare(self._dump())
            self._note(self._cpu())

    def _own(self, used: Dict[int, float]) -> float:
        return used.get(self._pid, 0.0)

    def _stirs(self, used: Dict[int, float]) -> bool:
        """Say whether a process has computed more than waiting takes, since that was noted."""
        allowed = max(IDLE_SECONDS, IDLE_SHARE * (time.monotonic() - self._last))
        return max(_since(self._used, used), default=0) > allowed

    def _compare(self, stacks: Dict[int, str]) -> None:
        # A pool whose workers die at birth has others each time: what stays is to be compared.
        last = self._seen[-1] if self._seen else stacks
        if any(last[pid] != stacks[pid] for pid in last.keys() & stacks.keys()):
            self._seen = []
        self._seen.append(stacks)
        text = _text(stacks)
        if len(self._seen) >= self._enough(text):
            raise Hang(text)

    def _enough(self, stacks: str) -> int:
        if standstill(stacks) in self._known:
            return self._patience.again
        return self._patience.native if within_packages(stacks) else self._patience.looks

    def _breathed(self, used: Dict[int, float]) -> None:
        self._seen = []
        self._note(used)

    def _note(self, used: Dict[int, float]) -> None:
        self._last = time.monotonic()
        self._used = used

    def _cpu(self) -> Dict[int, float]:
        """Return the seconds of processor time that each process has used."""
        found: Dict[int, float] = {}
        for process in family(self._pid):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                found[process.pid] = times.user + times.system
        return found

    def _going(self) -> bool:
        """Say whether a process would run all the while, if the machine let it."""
        going = self._runnable()
        for _ in range(GLANCES - 1):
            if not going:
                break
            time.sleep(GLANCE_SECONDS)
            going &= self._runnable()
        return bool(going)

    def _runnable(self) -> Set[int]:
        found: Set[int] = set()
        for process in family(self._pid):
            with contextlib.suppress(psutil.Error):
                if process.status() in _GOING:
                    found.add(process.pid)
        return found

    def _dump(self) -> Dict[int, str]:
        """Return the stacks of the process and of its workers, as they are now, by process."""
        before = self._stacks.stat().st_size if self._stacks.exists() else 0
        texts: Dict[int, str] = {}
        for process in family(self._pid):
            if _asked_for_its_stack(process.pid):
                time.sleep(LOOK_SECONDS)
                with self._stacks.open(errors="replace") as file:
                    file.seek(before)
                    texts[process.pid] = _named(process, self._pid) + file.read()
                before = self._stacks.stat().st_size
        return texts


def _text(stacks: Dict[int, str]) -> str:
    return "\n".join(stacks.values())


def _since(before: Dict[int, float], now: Dict[int, float]) -> List[float]:
    """Return the seconds that each process has used since; all of them for one that is new."""
    return [seconds - before.get(pid, 0.0) for pid, seconds in now.items()]


def _named(process: psutil.Process, parent: int) -> str:
    return "Driving process:\n" if process.pid == parent else "Worker process:\n"


def _asked_for_its_stack(pid: int) -> bool:
    """Have a process write its stack down; say whether it can, and was still there to be asked."""
    if not catches(pid, signal.SIGUSR1):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGUSR1)
        return True
    return False


def catches(pid: int, number: int) -> bool:
    """Say whether a process has a handler for a signal (without one, the signal would end it)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    caught = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(caught) and bool(int(caught[0], 16) >> (number - 1) & 1)
