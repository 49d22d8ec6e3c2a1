"""The parent's side of a driving process: it asks, waits, and sees when nothing moves any more."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import cloudpickle
import psutil

from refloader.driving.subject import Bench
from refloader.errors import AdapterError

# A drive stands still when no event came, no processor time was used, and so many looks at the stacks,
# so long apart, showed the same. Some releases of TensorFlow wait five seconds, twice in a row, at
# other places: two looks would not tell that from a hang.
LOOKS = 3
APART_SECONDS = 2.8
LOOK_SECONDS = 0.5
# Idle pools wake up now and then; so much processor time is still standing still.
IDLE_SECONDS = 0.1
# A loop that goes nowhere uses processor time too: so much of it without an event is a hang as well.
SPIN_SECONDS = 20.0
LAST_WORDS = 4000
# Importing and tracing in a framework takes longer than any loader may.
FRAMEWORK_SPIN_SECONDS = 180.0


class Hang(Exception):  # noqa: N818 - a verdict, not an error of the suite
    """The drive stood still and was ended; the text holds the stacks of all its processes."""


class Died(Exception):  # noqa: N818 - as above
    """The driving process ended by itself; the text says how."""


class SuiteError(Exception):
    """Something in refloader itself failed; the text is its traceback."""


class Nursery:
    """Where driving processes of one bench come from; started when the first is asked for.

    framework -- import the installed framework before the first birth
    """

    def __init__(self, bench: Bench, *, framework: bool = False) -> None:
        self._bench = bench
        self._framework = framework
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._lock = threading.Lock()
        self._births = 0
        self._closed = False

    def birth(self) -> Tuple[Listener, Path, Path]:
        """Order a driving process; return where it will connect, and its two files."""
        with self._lock:
            if self._closed:
                raise SuiteError("the evidence is closed: no further drive is made")
            if self._process is None:
                self._start()
            self._births += 1
            base = Path(self._folder.name) / str(self._births)
            stacks, said = base.with_suffix(".stacks"), base.with_suffix(".stderr")
            listener = Listener(str(base), family="AF_UNIX")
            self._send(("birth", str(base), str(stacks), str(said)))
            return listener, stacks, said

    def status(self, pid: int) -> int:
        """Wait for the end of a driving process and return how it ended: a code, or -signal."""
        with self._lock:
            try:
                self._orders.send(("status", pid))
                return int(self._answers.recv())
            except (EOFError, OSError):
                return -signal.SIGKILL

    def close(self) -> None:
        """End the nursery for good; its driving processes end with it."""
        self._closed = True
        if self._process is not None:
            # Before the lock: who holds it may be waiting for an answer.
            kill_group(self._process.pid)
        with self._lock:
            if self._process is not None:
                self._process.wait()
                self._orders.close()
                self._answers.close()
                self._folder.cleanup()
                self._process = None

    def _start(self) -> None:
        sent = _sendable(self._bench)
        self._folder = tempfile.TemporaryDirectory(prefix="refloader-")
        self._said = Path(self._folder.name) / "nursery.stderr"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "refloader.driving.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=_environment(self._bench),
                start_new_session=True,
            )
        self._orders = _connection(self._process.stdin, readable=False)
        self._answers = _connection(self._process.stdout, writable=False)
        self._send((sent, self._framework))

    def _send(self, order: Any) -> None:
        try:
            self._orders.send(order)
        except OSError:
            raise SuiteError(self.last_words()) from None

    def last_words(self) -> str:
        """Return what the nursery wrote to standard error."""
        return self._said.read_text(errors="replace").strip()[-LAST_WORDS:]

    def ended(self) -> bool:
        """Say whether the nursery is gone."""
        return self._process is None or self._process.poll() is not None


def _sendable(bench: Bench) -> bytes:
    """Return the bench as bytes; a factory that cannot be sent is an AdapterError."""
    try:
        return bytes(cloudpickle.dumps(bench))
    except Exception as error:
        msg = (
            f"it cannot be sent to the process in which loaders are driven: {error}; build such "
            "things inside the factory"
        )
        raise AdapterError(msg) from error


def _connection(stream: Any, **way: bool) -> Connection:
    connection = Connection(os.dup(stream.fileno()), **way)
    stream.close()
    return connection


class DrivingProcess:
    """A process group of its own in which drives are made, born at the first job."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._connection: Optional[Connection] = None
        self._pid = 0
        self.ended = 0

    def ask(self, job: Any, *, spin: float = SPIN_SECONDS) -> Any:
        """Return the answer to a job.

        spin -- seconds of processor time that it may use without an event.
        Raises Hang, Died or SuiteError; the next job then gets a new process.
        """
        try:
            if self._connection is None:
                self._connection = self._born()
            self._connection.send(job)
            return self._wait(self._connection, spin)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process with everything that it started."""
        if self._connection is not None:
            kill_group(self._pid)
            self._connection.close()
            self._connection = None
            self.ended = self._nursery.status(self._pid)

    def _born(self) -> Connection:
        listener, self._stacks, self._said = self._nursery.birth()
        with listener:
            waiting: Any = listener._listener._socket  # type: ignore[attr-defined]  # noqa: SLF001
            waiting.settimeout(LOOK_SECONDS)
            while True:
                try:
                    connection = listener.accept()
                    break
                except socket.timeout:
                    if self._nursery.ended():
                        raise SuiteError(self._nursery.last_words()) from None
        _, self._pid = connection.recv()
        return connection

    def _wait(self, connection: Connection, spin: float) -> Any:
        """Return the next answer, watching the process while there is none."""
        watch = _Watch(self._pid, self._stacks, spin)
        while True:
            try:
                if not connection.poll(LOOK_SECONDS):
                    watch.look()
                    continue
                kind, answer = connection.recv()
            except (EOFError, OSError):
                raise Died(self._last_words()) from None
            if kind == "crash":
                raise SuiteError(answer)
            if kind != "tick":
                return answer
            watch.moved()

    def _last_words(self) -> str:
        text = self._said.read_text(errors="replace").strip()
        self.close()
        return f"status {self.ended}\n{text[-LAST_WORDS:]}".strip()


class _Watch:
    """Decides whether a process group stands still."""

    def __init__(self, pid: int, stacks: Path, spin: float) -> None:
        self._pid = pid
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
        elif time.monotonic() - self._since > APART_SECONDS:
            self._compare(self._dump())

    def _compare(self, stacks: str) -> None:
        if self._seen and self._seen[-1] != stacks:
            self._breathed()
        self._since = time.monotonic()
        self._seen.append(stacks)
        if len(self._seen) == LOOKS:
            raise Hang(stacks)

    def _breathed(self) -> None:
        self._seen: List[str] = []
        self._since = time.monotonic()
        self._used = self._cpu()

    def _cpu(self) -> float:
        total = 0.0
        for process in family(self._pid):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def _dump(self) -> str:
        """Return the stacks of the process and of its workers, as they are now."""
        before = self._stacks.stat().st_size if self._stacks.exists() else 0
        texts: List[str] = []
        for process in family(self._pid):
            if catches(process.pid, signal.SIGUSR1):
                os.kill(process.pid, signal.SIGUSR1)
                time.sleep(LOOK_SECONDS)
                with self._stacks.open(errors="replace") as file:
                    file.seek(before)
                    texts.append(_named(process, self._pid) + file.read())
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


def kill_group(pid: int) -> None:
    """End the group that a process leads, and whatever of its descendants has left it."""
    relatives = family(pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for relative in relatives:
        with contextlib.suppress(psutil.Error):
            relative.kill()


def catches(pid: int, number: int) -> bool:
    """Say whether a process has a handler for a signal (without one, the signal would end it)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    caught = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(caught) and bool(int(caught[0], 16) >> (number - 1) & 1)


def _environment(bench: Bench) -> Dict[str, str]:
    """Return the environment of a driving process: this one's, with this one's import path."""
    roots = [root for root in map(_root, (bench.factory, bench.identify)) if root]
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109 - '' means here and now
    return dict(os.environ, PYTHONPATH=os.pathsep.join([*roots, *paths]))


def _root(made: Any) -> Optional[str]:
    """Return the folder from which a function's module is imported by its name.

    It need not be on the import path here: some importers load a test by its file.
    """
    name = getattr(made, "__module__", None) or ""
    file = getattr(sys.modules.get(name), "__file__", None)
    if file is None or name == "__main__":
        return None
    path = Path(file).resolve().with_suffix("")
    parts = path.parent.parts if path.name == "__init__" else path.parts
    names = tuple(name.split("."))
    return str(Path(*parts[: -len(names)])) if parts[-len(names) :] == names else None
