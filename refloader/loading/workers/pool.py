"""The loader's own workers: threads, each of which reads itself or has a child process read.

A worker process is a fresh interpreter that has imported no framework, nor the program that reads
from the loader. It ends when its connection does, so it does not outlive this process however that
ends. What it reads comes back in shared memory that has no name and so cannot be left behind.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import weakref
from concurrent.futures import Future
from multiprocessing import Pipe, spawn
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Tuple

import numpy as np

from refloader.decoding.images import scale
from refloader.loading.reading import Failures, Reader
from refloader.loading.workers.worker import ROWS_FROM, SharedRows
from refloader.one_thread import with_one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A worker process that dies so often without having read anything in between is given up.
DEATHS = 3
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from refloader.loading.workers.worker import main; main(*map(int, sys.argv[2:]))"
)


class WorkerDied(RuntimeError):  # noqa: N818 - it names what happened
    """A worker process died again and again."""


class Job(NamedTuple):
    """A batch that is being read: its pixels and the parts they are read in."""

    x: NDArray[Any]
    parts: List[Tuple[int, Future[Failures]]]

    def result(self) -> Tuple[NDArray[Any], Failures]:
        """Wait, and return the pixels and the rows that could not be read."""
        return self.x, [
            (first + row, error) for first, part in self.parts for row, error in part.result()
        ]

    def cancel(self) -> None:
        """Do not begin with the parts that nobody has begun with."""
        for _, part in self.parts:
            part.cancel()


class Pool:
    """Workers that read the parts of batches.

    It ends by `close`, or when nobody holds it any more. Its threads hold only what they need.

    :param reader: what reads samples.
    :param workers: how many, 1 or more.
    :param processes: whether a worker is a process; else it is a thread.
    :param rows: the most rows that are read as one part.
    """

    def __init__(self, reader: Reader, workers: int, *, processes: bool, rows: int) -> None:
        self._rows = rows
        self._tasks: SimpleQueue[Any] = SimpleQueue()
        hands: List[Any] = [reader] * workers
        if processes:
            hands = [_Child(reader, rows) for _ in range(workers)]
        self._threads = [
            threading.Thread(
                target=_attend, args=(self._tasks, hand), daemon=True, name="refloader"
            )
            for hand in hands
        ]
        for thread in self._threads:
            thread.start()
        children = hands if processes else []
        self._end = weakref.finalize(self, _end, self._tasks, workers, children, os.getpid())

    def submit(self, epoch: int, ids: NDArray[np.int64], x: NDArray[Any], out: NDArray[Any]) -> Job:
        """Have samples read into `out`, rows of bytes or floats that are a view of `x`."""
        share = min(self._rows, -(-len(ids) // len(self._threads)))
        parts = []
        for first in range(0, len(ids), max(share, 1)):
            part: Future[Failures] = Future()
            rows = slice(first, first + share)
            self._tasks.put((part, epoch, ids[rows], out[rows]))
            parts.append((first, part))
        return Job(x, parts)

    def close(self) -> None:
        """End all workers and wait until they have ended."""
        self._end()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()


def _end(tasks: SimpleQueue[Any], workers: int, children: List[_Child], process: int) -> None:
    # It may be called by the garbage collector, in any thread and between any two lines: it takes
    # no lock, waits for nothing, and in a forked copy of this process does nothing.
    if os.getpid() == process:
        for child in children:
            child.kill()
        for _ in range(workers):
            tasks.put(None)


def _attend(tasks: SimpleQueue[Any], hand: Any) -> None:
    """Do what is asked for until None is; `hand` is a `Reader` or a `_Child`."""
    for part, *work in iter(tasks.get, None):
        if part.set_running_or_notify_cancel():
            try:
                part.set_result(hand.fill(*work))
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                part.set_exception(error)
        # A thread that waits for the next must not keep this one alive.
        del part, work
    if isinstance(hand, _Child):
        hand.close()


def _pickled(reader: Reader) -> bytes:
    # Sent by value: a worker does not import the program, so knows no function that it defines.
    import cloudpickle  # noqa: PLC0415 - only a parent of processes needs it

    return bytes(cloudpickle.dumps(reader))


class _Child:
    """A worker process, started when there is something to read and again when it dies."""

    def __init__(self, reader: Reader, rows: int) -> None:
        self._reader, self._script = reader, _pickled(reader)
        self._file = _shared_file(ROWS_FROM + rows * int(np.prod(reader.shape)))
        self._memory = SharedRows(self._file.fileno(), reader.shape)
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._connection: Any = None
        self._closed = False
        _CHILDREN.add(self)

    def fill(self, epoch: int, ids: NDArray[np.int64], out: NDArray[Any]) -> Failures:
        """Have samples read, by as many processes as it takes, as `Reader.fill` does."""
        for _ in range(DEATHS):
            if self._closed:
                raise RuntimeError("the loader was closed while it was read")
            news = self._start() if self._connection is None else None
            try:
                failures, error, trace = self._ask(news, epoch, ids)
            except (EOFError, OSError):
                code = self._bury()
                continue
            if error is not None:
                raise self._reader.named(error, int(ids[self._memory.progress[0]]), trace)
            scale(self._memory.rows(len(ids)), out)
            return failures  # type: ignore[no-any-return]
        raise WorkerDied(self._epitaph(code, int(ids[self._memory.progress[0]])))

    def _start(self) -> bytes:
        """Start a process, and return what it must be told first."""
        ours, theirs = Pipe()
        numbers = (theirs.fileno(), self._file.fileno())
        command = [spawn.get_executable(), "-c", _BOOT, json.dumps(sys.path), *map(str, numbers)]
        with theirs:
            # A session of its own, as Ctrl-C is for this process, which then ends the child.
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and no shell
                command,
                env=with_one_thread(),
                pass_fds=numbers,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._connection = ours
        if self._closed:
            self._process.kill()
        return self._script

    def _ask(self, news: Optional[bytes], epoch: int, ids: NDArray[np.int64]) -> Any:
        self._memory.progress[0] = 0
        # Not `send`: of its error, when the worker is gone, Python 3.13 complains at collection.
        self._connection.send_bytes(pickle.dumps((news, epoch, ids)))
        return self._connection.recv()

    def _epitaph(self, code: Optional[int], sample: int) -> str:
        return (
            f"a worker process died {DEATHS} times in a row, at last with exit code {code} "
            f"while it read sample {sample}, {self._reader.files.path(sample)}"
        )

    def kill(self) -> None:
        """End the process at once; who waits for its answer learns of it."""
        self._closed = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process, and give its connection and memory back."""
        self._closed = True
        self._bury()
        self._file.close()

    def _bury(self) -> Optional[int]:
        connection, process = self._connection, self._process
        self._connection = self._process = None
        if connection is not None:
            connection.close()
        if process is None:
            return None
        process.kill()
        return process.wait()

    def disown(self) -> None:
        """Let go of the process, in a forked copy of its parent: else that would keep it alive."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.returncode = 0  # or this copy would complain that nobody waits for it
        self._connection = self._process = None


def _shared_file(size: int) -> Any:
    """Return a file without a name, in memory if there is room for it, else on disk."""
    try:
        return _sized_file("/dev/shm", size)  # noqa: S108 - a file without a name is nobody's prey
    except OSError:
        return _sized_file(None, size)


def _sized_file(folder: Optional[str], size: int) -> Any:
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it is kept
    try:
        # Room is taken now: to write into a mapped file when there is none left is death.
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError:
        file.close()
        raise
    return file


#: All that this process has; only the children's memory of it is weak.
_CHILDREN: weakref.WeakSet[_Child] = weakref.WeakSet()


def _disown_all() -> None:
    for child in list(_CHILDREN):
        child.disown()


os.register_at_fork(after_in_child=_disown_all)
