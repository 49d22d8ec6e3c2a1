"""Where driving processes come from: the parent's side of the nursery."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import IO, Any, Dict, Optional, Set, Tuple

from refloader.driving.processes.family import kill_group
from refloader.driving.processes.forked import Forked
from refloader.driving.processes.sending import dumps, send
from refloader.driving.processes.standstill import BUSY, STILL, standstill
from refloader.driving.processes.warm import Kin
from refloader.driving.subject import Bench
from refloader.errors import AdapterError
from refloader.one_thread import with_one_thread

#: Characters of a folder's name in which a socket may still be made: its whole name may have 107.
LONGEST = 70
# How much of what a process said last is worth quoting.
LAST_WORDS = 4000


class SuiteError(Exception):
    """Something in refloader itself failed; the text is its traceback."""


class Nursery:
    """Where driving processes of one bench come from; started when the first is asked for.

    framework -- with the installed framework, imported before the first birth
    fresh -- in an interpreter without anything of this process; otherwise it is a fork of this one
    loops -- how many of its driving processes were seen in a loop without end
    hangs -- where those stood that did not move any more (see standstill)
    """

    loops = 0

    def __init__(self, bench: Bench, *, framework: bool = False, fresh: bool = True) -> None:
        self._bench = bench
        self._framework = framework
        self._fresh = fresh
        self._process: Any = None
        self._lock = threading.Lock()
        self._births = 0
        self._closed = False
        self.hangs: Set[str] = set()

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
            try:
                self._send(("birth", str(base), str(stacks), str(said)))
            except SuiteError:
                listener.close()
                raise
            if self._births == 1 and _reads_frames(self._bench.factory):
                # While the first one looks at the factory: the next ones are born with it.
                self._send(("import", "pandas"))
            return listener, stacks, said

    def met(self, stacks: str) -> None:
        """Note a hang of one of its driving processes: the next ones are watched with less patience."""
        if stacks.startswith(BUSY):
            self.loops += 1
        elif standstill(stacks) != STILL:
            self.hangs.add(standstill(stacks))

    def status(self, pid: int) -> int:
        """Wait for the end of a driving process and return how it ended: a code, or -signal."""
        with self._lock:
            try:
                send(self._orders, ("status", pid))
                return int(self._answers.recv())
            except (EOFError, OSError):
                return -signal.SIGKILL

    def close(self) -> None:
        """End the nursery for good; its driving processes end with it."""
        self._closed = True
        if self._process is not None:
            # Before the lock: who holds it may be waiting for an answer.
            self._kill()
        with self._lock:
            if self._process is not None:
                # Again: it may have been on its way when the first was sent.
                self._kill()
                self._process.wait()
                self._orders.close()
                self._answers.close()
                self._folder.cleanup()
                self._process = None

    def _kill(self) -> None:
        # One that is not born yet finds its orders closed.
        pid = self._process.pid
        if pid is not None:
            kill_group(pid)

    def _start(self) -> None:
        sent = _sendable(self._bench)
        self._folder = tempfile.TemporaryDirectory(prefix="refloader-", dir=_folder_of_sockets())
        self._said = Path(self._folder.name) / "nursery.stderr"
        with self._said.open("wb") as said:
            self._process = self._started(said)
        self._orders = _connection(self._process.stdin, readable=False)
        self._answers = _connection(self._process.stdout, writable=False)
        self._send((sent, self._framework))

    def _started(self, said: IO[bytes]) -> Any:
        if self._framework or self._fresh:
            return Kin(said, _environment(self._bench), framework=self._framework)
        return Forked(said)

    def _send(self, order: Any) -> None:
        try:
            send(self._orders, order)
        except OSError:
            raise SuiteError(self.last_words()) from None

    def last_words(self) -> str:
        """Return what the nursery wrote to standard error."""
        return self._said.read_text(errors="replace").strip()[-LAST_WORDS:]

    def ended(self) -> bool:
        """Say whether the nursery is gone."""
        return self._process is None or self._process.poll() is not None


def _reads_frames(factory: Any) -> bool:
    """Guess whether a factory reads ``samples.frame``; a wrong guess costs half a second."""
    code = getattr(factory, "__code__", None)
    return code is not None and "frame" in code.co_names


def _sendable(bench: Bench) -> bytes:
    """Return the bench as bytes; a factory that cannot be sent is an AdapterError."""
    try:
        return dumps(bench)
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


def _environment(bench: Bench) -> Dict[str, str]:
    """Return the environment of a driving process: this one's, with this one's import path.

    Batches are small, and drives run side by side: threads of linear algebra would wait for each other.
    """
    return {**with_one_thread(), "PYTHONPATH": import_path(bench)}


def import_path(bench: Bench) -> str:
    """Return the folders in which modules are found here, that of the factory's among them."""
    roots = [root for root in map(_root, (bench.factory, bench.identify)) if root]
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109 - '' means here and now
    return os.pathsep.join([*roots, *paths])


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


def _folder_of_sockets() -> Optional[str]:
    """Return where a socket can be, as the folder of temporary files may have too long a name for one."""
    return None if len(tempfile.gettempdir()) < LONGEST else "/tmp"  # noqa: S108 - a folder of its own is made there
