"""Have workers read a batch together, and the next ones before they are asked for."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Tuple

import numpy as np

from refloader.loading.memory import Memory
from refloader.loading.plan import Plan
from refloader.loading.reading import Failures, Reader
from refloader.loading.workers.pool import Job, Pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = Tuple[NDArray[Any], NDArray[Any]]

#: How many batches are read before they are asked for, where they are asked for in order.
AHEAD = 2
#: Bytes that a file has at most, on average, where processes read faster; threads of two were as
#: fast as processes at about this size, PNG and JPEG (`refloader bench`).
SMALL = 2**14
_LOOKED_AT = 32  # files
Place = Tuple[int, int]  # epoch, index


class Layout(NamedTuple):
    """What the pixels of a batch are delivered as.

    :param shape: (height, width, channels) of a row.
    :param dtype: "float32", "float16" or "uint8".
    :param data_format: "channels_last", x is (rows, height, width, channels); or "channels_first",
        (rows, channels, height, width).
    :param memory: what batches are written into.
    """

    shape: Tuple[int, int, int]
    dtype: str
    data_format: str
    memory: Memory

    def empty(self, count: int) -> Rows:
        """Return pixels to deliver, and the view of them as (rows, height, width, channels)."""
        if self.data_format == "channels_last":
            x = self.memory.empty((count, *self.shape), self.dtype)
            return x, x
        x = self.memory.empty((count, self.shape[2], *self.shape[:2]), self.dtype)
        return x, np.moveaxis(x, 1, -1)

    def once(self) -> Layout:
        """Return the same without keeping memory, for more pixels than a batch has."""
        return self._replace(memory=Memory())


def processes_suit(reader: Reader) -> bool:
    """Return whether worker processes read faster than threads do.

    Most of reading a small file is Python, which threads run one at a time, and most of reading a
    large one is decoding, which they do side by side. What is copied out of a cache or waited for
    from elsewhere needs no process either.
    """
    if reader.cache is not None:
        return False
    paths = map(reader.files.path, range(min(_LOOKED_AT, len(reader.files))))
    near = (path for path in paths if reader.elsewhere is None or not reader.elsewhere.opener(path))
    sizes = [os.stat(path).st_size for path in near if os.path.isfile(path)]  # noqa: PTH113,PTH116 - no Path for each
    return sum(sizes) < SMALL * len(sizes)


class Team:
    """Workers over the batches of a plan. Threads may share it.

    What it returns depends on the place alone, never on what was asked for before: what has been
    read ahead and is not wanted is thrown away.

    :param plan: which samples are in which batch.
    :param reader: what reads samples.
    :param layout: what the pixels are delivered as.
    :param workers: how many, 1 or more.
    :param processes: whether they are processes; else they are threads.
    """

    def __init__(
        self, plan: Plan, reader: Reader, layout: Layout, workers: int, *, processes: bool
    ) -> None:
        self._plan, self._reader, self._layout = plan, reader, layout
        rows = -(-plan.batch_size // workers)
        self._pool = Pool(reader, workers, processes=processes, rows=rows)
        self._lock = threading.Lock()
        self._ahead: Dict[Place, Job] = {}
        self._next: Place = (-1, 0)  # the one after the last that was asked for
        self._order = _Order()
        self._foreseen: Tuple[Place, List[Place]] = (self._next, [])

    def batch(self, epoch: int, index: int) -> Tuple[NDArray[Any], Failures]:
        """Return the pixels of a batch, and which rows could not be read."""
        place = epoch, index
        with self._lock:
            coming = self._coming(place)
            job = self._ahead.pop(place, None) or self._begin(place)
            self._next = self._after(place)
            if coming:
                self._look_ahead(coming)
            else:
                self._forget()
        return job.result()

    def foresee(self, epoch: int, index: int, order: List[int]) -> None:
        """Be told that a batch is asked for next, and in which order all of its epoch are.

        It is a hint: what `batch` returns does not depend on it.

        :param order: the indexes of the batches; the same list each time, while it is gone through.
        """
        following = self._order.after(order, index)
        self._foreseen = (epoch, index), [(epoch, after) for after in following]

    def samples(self, ids: NDArray[np.int64]) -> Tuple[NDArray[Any], Failures]:
        """Return the pixels of samples as they are in epoch 0."""
        return self._submit(0, ids, self._layout.once()).result()

    def close(self) -> None:
        """End the workers and wait until they have ended."""
        self._forget()
        self._pool.close()

    def _begin(self, place: Place) -> Job:
        return self._submit(place[0], self._plan.batch(*place), self._layout)

    def _submit(self, epoch: int, ids: NDArray[np.int64], layout: Layout) -> Job:
        x, out = layout.empty(len(ids))
        return self._pool.submit(epoch, ids, x, out)

    def _after(self, place: Place, steps: int = 1) -> Place:
        over, index = divmod(place[1] + steps, len(self._plan))
        return place[0] + over, index

    def _coming(self, place: Place) -> List[Place]:
        """Return what is asked for after this batch, as far as that can be told."""
        asked, following = self._foreseen
        if asked == place:
            return following
        if place in self._ahead or place == self._next:
            return [self._after(place, steps) for steps in range(1, AHEAD + 1)]
        return []

    def _look_ahead(self, coming: List[Place]) -> None:
        for place in coming:
            if place not in self._ahead:
                self._ahead[place] = self._begin(place)
        # Batches that somebody else is still to take may be among them, but no hoard.
        while len(self._ahead) > 2 * AHEAD:
            self._ahead.pop(next(iter(self._ahead))).cancel()

    def _forget(self) -> None:
        while self._ahead:
            self._ahead.popitem()[1].cancel()


class _Order:
    """How far somebody is who goes through a list of indexes."""

    def __init__(self) -> None:
        self._indexes: List[int] = []
        self._at = 0

    def after(self, indexes: List[int], index: int) -> List[int]:
        """Return the `AHEAD` of them that follow one; none if it is not there, or they are no indexes."""
        at = self._at + 1
        # Looked for once, and from there on gone along with: an epoch may have millions.
        if indexes is not self._indexes or indexes[at : at + 1] != [index]:
            at = indexes.index(index) if index in indexes else len(indexes)
        self._indexes, self._at = indexes, at
        following = indexes[at + 1 : at + 1 + AHEAD]
        within = range(len(indexes))
        return [after for after in following if isinstance(after, int) and after in within]
