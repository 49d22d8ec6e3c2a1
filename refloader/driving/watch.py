"""The parent's side of a driving process: it asks, waits, and sees when nothing moves any more."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Dict, List, Optional

import cloudpickle
import psutil

from refloader.driving.subject import Bench

# A drive stands still when for this long no event came, no processor time was used and no stack moved.
STILL_SECONDS = 8.0
LOOK_SECONDS = 0.5
# Idle pools wake up now and then; so much processor time in STILL_SECONDS is still standing still.
IDLE_SECONDS = 0.1
# A loop that goes nowhere uses processor time too: so much of it without an event is a hang as well.
SPIN_SECONDS = 30.0
# Importing and tracing in a framework takes longer than any loader may.
FRAMEWORK_SPIN_SECONDS = 180.0


class Hang(Exception):  # noqa: N818 - a verdict, not an error of the suite
    """The drive stood still and was ended; the text holds the stacks of all its processes."""


class Died(Exception):  # noqa: N818 - as above
    """The driving process ended by itself; the text says how."""


class SuiteError(Exception):
    """Something in refloader itself failed; the text is its traceback."""


class DrivingProcess:
    """A process group of its own in which drives are made, started at the first job."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._folder: Optional[tempfile.TemporaryDirectory[str]] = None

    def ask(self, job: Any, *, spin: float = SPIN_SECONDS) -> Any:
        """Return the answer to a job.

        spin -- seconds of processor time that it may use without an event.
        Raises Hang, Died or SuiteError; the next job then gets a new process.
        """
        if self._process is None:
            self._start()
        try:
            self._jobs.send(job)
            return self._wait(spin)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process with everything that it started."""
        if self._process is not None:
            kill_group(self._process)
            self._jobs.close()
            self._answers.close()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="refloader-")
        self._stacks = Path(self._folder.name) / "stacks"
        self._said = Path(self._folder.name) / "stderr"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "refloader.driving.process", str(self._stacks)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=_environment(),
                start_new_session=True,
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - for the type checker: both are pipes
        assert stdout is not None  # noqa: S101
        self._jobs = Connection(os.dup(stdin.fileno()), readable=False)
        self._answers = Connection(os.dup(stdout.fileno()), writable=False)
        stdin.close()
        stdout.close()
        try:
            self._jobs.send_bytes(cloudpickle.dumps(self._bench))
            self._wait(FRAMEWORK_SPIN_SECONDS)
        except BaseException:
            self.close()
            raise

    def _wait(self, spin: float) -> Any:
        """Return the next answer, watching the process while there is none."""
        watch = _Watch(self._process, self._stacks, spin)
        while True:
            try:
                if not self._answers.poll(LOOK_SECONDS):
                    watch.look()
                    continue
                kind, answer = self._answers.recv()
            except (EOFError, OSError):
                raise Died(self._last_words()) from None
            if kind == "crash":
                raise SuiteError(answer)
            if kind != "tick":
                return answer
            watch.moved()

    def _last_words(self) -> str:
        assert self._process is not None  # noqa: S101 - for the type checker
        status = self._process.wait()
        text = self._said.read_text(errors="replace").strip()
        return f"the driving process ended with status {status}\n{text[-4000:]}"


class _Watch:
    """Decides whether a process group stands still."""

    def __init__(self, process: Any, stacks: Path, spin: float) -> None:
        self._process = process
        self._stacks = stacks
        self._spin = spin
        self.moved()

    def moved(self) -> None:
        """Note progress: an event."""
        self._begun = self._cpu()
        self._breathed()

    def look(self) -> None:
        """Raise Hang if nothing has moved for long, or much was computed without an event."""
        if self._cpu() - self._begun > self._spin:
            raise Hang(self._dump())
        if self._cpu() - self._used > IDLE_SECONDS:
            self._breathed()
        elif time.monotonic() - self._since > STILL_SECONDS:
            first, second = self._dump(), self._dump()
            if first == second:
                raise Hang(second)
            self._breathed()

    def _breathed(self) -> None:
        self._since = time.monotonic()
        self._used = self._cpu()

    def _cpu(self) -> float:
        total = 0.0
        for process in family(self._process.pid):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def _dump(self) -> str:
        """Return the stacks of the process and of its workers, as they are now."""
        before = self._stacks.stat().st_size if self._stacks.exists() else 0
        texts: List[str] = []
        for process in family(self._process.pid):
            if catches(process.pid, signal.SIGUSR1):
                os.kill(process.pid, signal.SIGUSR1)
                time.sleep(LOOK_SECONDS)
                with self._stacks.open(errors="replace") as file:
                    file.seek(before)
                    texts.append(_named(process, self._process.pid) + file.read())
                before = self._stacks.stat().st_size
        return "\n".join(texts)


def _named(process: psutil.Process, parent: int) -> str:
    return "Driving process:\n" if process.pid == parent else "Worker process:\n"


def family(pid: int) -> List[psutil.Process]:
    """Return a process and all that descend from it; none where it has ended."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process, its group and whatever has left the group, and wait for it."""
    relatives = family(process.pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for relative in relatives:
        with contextlib.suppress(psutil.Error):
            relative.kill()
    process.wait()


def catches(pid: int, number: int) -> bool:
    """Say whether a process has a handler for a signal (without one, the signal would end it)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    caught = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(caught) and bool(int(caught[0], 16) >> (number - 1) & 1)


def _environment() -> Dict[str, str]:
    """Return the environment of a driving process: this one's, with this one's import path."""
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109 - '' means here and now
    return dict(os.environ, PYTHONPATH=os.pathsep.join(paths))
