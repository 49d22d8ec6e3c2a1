"""What runs in a worker process: read the samples that the other side asks for, until it is gone."""

from __future__ import annotations

import mmap
import os
import pickle
import select
import traceback
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Callable, Tuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refloader.loading.reading import Reader

#: The memory begins with the number of the row that is being read; the rows begin here.
ROWS_FROM = 64


class SharedRows:
    """Rows of bytes in a file that two processes have mapped.

    :param number: the file's descriptor.
    :param shape: (height, width, channels) of a row.
    """

    def __init__(self, number: int, shape: Tuple[int, int, int]) -> None:
        self._memory = mmap.mmap(number, 0)
        self._shape = shape
        self.progress: NDArray[np.int64] = np.frombuffer(self._memory, np.int64, 1)

    def rows(self, count: int) -> NDArray[np.uint8]:
        """Return the first rows."""
        size = count * int(np.prod(self._shape))
        pixels: NDArray[np.uint8] = np.frombuffer(self._memory, np.uint8, size, ROWS_FROM)
        return pixels.reshape(count, *self._shape)


def main(connection: int, memory: int) -> None:
    """Answer until the connection ends.

    :param connection: the descriptor of a connection on which (reader or None, epoch, ids) comes,
        the reader pickled, and (failures, error, traceback) goes.
    :param memory: the descriptor of the file into which the rows are read.
    """
    link = Connection(connection)
    try:
        news, *work = link.recv()
        # What comes is from the process that started this one, and nobody else can send it.
        reader = pickle.loads(news)  # noqa: S301
        shared = SharedRows(memory, reader.shape)
        beginning = _beginning(connection, shared)
        while True:
            link.send(_answer(reader, shared, beginning, *work))
            _, *work = link.recv()
    except (EOFError, OSError):
        return


def _beginning(connection: int, shared: SharedRows) -> Callable[[int], None]:
    line = select.poll()
    line.register(connection, 0)  # what is reported in any case: that the other side is gone

    def beginning(row: int) -> None:
        shared.progress[0] = row
        if line.poll(0):
            os._exit(0)

    return beginning


def _answer(
    reader: Reader,
    shared: SharedRows,
    beginning: Callable[[int], None],
    epoch: int,
    ids: NDArray[np.int64],
) -> Any:
    try:
        return reader.decode(epoch, ids, shared.rows(len(ids)), beginning), None, ""
    except Exception as error:  # noqa: BLE001 - it is raised where the batch is waited for
        trace = f", in a worker process:\n\n{traceback.format_exc()}"
        return [], _sendable(error), trace


def _sendable(error: Exception) -> Exception:
    """Return the exception, or where a copy of it cannot be made, its text as a RuntimeError."""
    error.__cause__ = error.__traceback__ = None
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    except Exception:  # noqa: BLE001 - whatever its class does when it is copied
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
