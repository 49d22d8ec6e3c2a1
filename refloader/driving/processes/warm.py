"""Interpreters that have imported what nurseries need already, and of which these are forks.

The suite itself takes half a second to import, and a TensorFlow seconds. One process does it once, and
another one the framework too, without any loader's module, as that might change it for all; whatever
needs them is then born at once.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import subprocess
import sys
import threading
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from typing import IO, Any, Dict, Optional, Tuple

import psutil

from refloader.driving.processes.sending import send
from refloader.one_thread import with_one_thread

SERVE = "import sys; from refloader.driving.processes.serving import serve; serve(*map(int, sys.argv[1:]))"
# What the framework cannot see: the name of the test that runs, and where a loader's modules are.
_PASSING = ("PYTEST_CURRENT_TEST", "PYTHONPATH")


class Warm:
    """The parent's side of an interpreter that is warm.

    framework -- whether it has the installed framework in it
    """

    def __init__(self, *, framework: bool) -> None:
        here, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(there.fileno()), str(int(framework))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[there.fileno()],
                env={**with_one_thread(), "PYTHONPATH": os.pathsep.join(sys.path)},
                start_new_session=True,
            )
        self._orders = Connection(here.detach())

    def fork(self, environment: Dict[str, str], streams: Tuple[int, int, int, int]) -> None:
        """Order a nursery with these standard streams; it is born when the framework is imported.

        Into the fourth stream it then writes its process id.
        """
        send(self._orders, environment)
        for stream in streams:
            send_handle(self._orders, stream, self._process.pid)

    def ended(self) -> bool:
        """Say whether it is gone, and no nursery can be born any more."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End it; the nurseries that were born go on."""
        self._process.kill()
        self._process.wait()
        self._orders.close()


class Kin:
    """A nursery that is a fork of a warm interpreter; it is used like its `subprocess.Popen`.

    said -- the file that gets what it writes to standard error
    environment -- its environment, with the import path as PYTHONPATH
    framework -- whether it is to have imported the installed framework
    """

    def __init__(self, said: IO[bytes], environment: Dict[str, str], *, framework: bool) -> None:
        orders, mine = os.pipe()
        theirs, answers = os.pipe()
        self.stdin: Any = os.fdopen(mine, "wb", 0)
        self.stdout: Any = os.fdopen(theirs, "rb", 0)
        # A pipe of its own: among the answers, whoever reads one could get the other.
        told, birth = os.pipe()
        self._told = Connection(told, writable=False)
        self._pid: Optional[int] = None
        self._looking = threading.Lock()
        self._source = _kept(environment, framework=framework)
        self._source.fork(environment, (orders, answers, said.fileno(), birth))
        for end in (orders, answers, birth):
            os.close(end)

    @property
    def pid(self) -> Optional[int]:
        """Return its process id, None as long as it is not born."""
        # Several lanes wait for their first process, each in a thread.
        with self._looking:
            if self._pid is None and not self._told.closed and self._told.poll():
                with contextlib.suppress(EOFError):
                    self._pid = self._told.recv()
            return self._pid

    def poll(self) -> Optional[int]:
        """Return 0 if it is gone, None while it goes on or is not born."""
        ended = self._source.ended() if self.pid is None else not psutil.pid_exists(self.pid)
        return 0 if ended else None

    def wait(self) -> None:
        """Wait for its end; one that is not born ends at birth, as nobody gives it orders."""
        self._told.close()
        if self._pid is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(self._pid).wait()


#: By whether the framework is in it: which environment it is for, and the interpreter.
_warm: Dict[bool, Tuple[Any, Warm]] = {}


def prepare() -> None:
    """Start the interpreter that has no framework in it, to be ready when the first nursery is ordered."""
    _kept(with_one_thread(), framework=False)


def _kept(environment: Dict[str, str], *, framework: bool) -> Warm:
    """Return the warm interpreter of this environment; of each kind there is one at a time."""
    seen = {name: value for name, value in environment.items() if name not in _PASSING}
    key = (frozenset(seen.items()), os.getcwd(), os.getpid())  # noqa: PTH109 - compared as text
    known, source = _warm.get(framework, (None, None))
    if source is None or known != key or source.ended():
        _end(framework=framework)
        source = Warm(framework=framework)
        _warm[framework] = key, source
    return source


def _end(*, framework: bool) -> None:
    if framework in _warm:
        (_, _, owner), source = _warm.pop(framework)
        if owner == os.getpid():
            source.close()


@atexit.register
def end_warm() -> None:
    """End the warm interpreters that this process has."""
    for framework in list(_warm):
        _end(framework=framework)
