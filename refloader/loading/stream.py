"""Endless streams of batches, for frameworks that take generators."""

from __future__ import annotations

import os
import threading
from typing import Any, Callable, Iterable, Iterator, Tuple

from refloader.frameworks.bases import AnyGenerator

Batch = Tuple[Any, ...]
#: Of a batch: its (epoch, index).
Place = Tuple[int, int]


def endless(batches: Iterable[Any]) -> Stream:
    """Return a stream over what can be iterated over again and again, one pass after the other.

    So whatever takes a generator takes torch's DataLoader, a tf.data.Dataset or a pipeline of Grain. A batch
    that is a list, as torch collates (x, y), becomes a tuple: of a list some frameworks take all for inputs.

    :param batches: what begins a new pass with each `iter`.
    :raises TypeError: if it is an iterator itself, as a generator is: that ends after one pass.
    """
    if hasattr(batches, "__next__"):
        raise TypeError(
            f"{type(batches).__name__} is an iterator, which has one pass and no second one"
        )
    return Stream(_Passes(batches), (0, 0), 1)


class _Passes:
    def __init__(self, batches: Iterable[Any]) -> None:
        self._batches = batches
        self._pass: Iterator[Any] = iter(())

    def __call__(self, place: Place) -> Tuple[Batch, Place]:
        """Return the next batch; a pass without any ends the stream, instead of being begun for ever."""
        try:
            batch = next(self._pass)
        except StopIteration:
            self._pass = iter(self._batches)
            batch = next(self._pass)
        return tuple(batch) if isinstance(batch, list) else batch, place


class Stream(AnyGenerator):
    """Batches, epoch after epoch; it passes for a generator.

    It keeps its own count of epochs and batches. Threads may share it: `next` lets in one at a
    time. A copy in another process would deliver the same samples again, so it refuses to be one.
    A batch that could not be read is tried again by the next `next`.
    """

    def __init__(
        self, deliver: Callable[[Place], Tuple[Batch, Place]], place: Place, length: int
    ) -> None:
        self._deliver, self._place, self._length = deliver, place, length
        self._lock = threading.Lock()
        self._process = os.getpid()

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Batch:
        """Return the next batch; there is none only if the loader is empty.

        :raises RuntimeError: in another process than the one that made the stream.
        """
        if os.getpid() != self._process:
            raise RuntimeError(_ONE_PROCESS)
        if not self._length:
            raise StopIteration
        with self._lock:
            batch, self._place = self._deliver(self._place)
            return batch

    def __reduce__(self) -> str:
        raise TypeError(_ONE_PROCESS)


_ONE_PROCESS = (
    "a generator serves one process, as every copy of it would deliver all samples again; "
    "give the loader itself to worker processes"
)
