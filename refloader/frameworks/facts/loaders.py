"""Loaders that log what is done to them, and batches that tell where they come from."""

from __future__ import annotations

import time
from typing import Any, Iterator, Optional, Tuple

import numpy as np

from refloader.frameworks.bases import AnySequence, sequence_classes
from refloader.frameworks.facts.log import Log

#: Rows of a batch. Keras 1 counts the samples of an epoch, so the calls need it too.
ROWS = 2


def batch(index: int, hooks: int = 0, rows: int = ROWS) -> Tuple[Any, Any]:
    """Return x and y of a batch; each row of x is (index, how often the hook had run, 0)."""
    x = np.tile(np.array([index, hooks, 0], "float32"), (rows, 1))
    return x, np.zeros((rows, 1), "float32")


class Numbered(AnySequence):
    """A loader that logs each read and each hook, and counts the calls of on_epoch_end.

    length -- its batches; slow -- seconds that each read takes; rows -- rows of its last batch
    """

    def __init__(self, log: Log, length: int = 8, *, slow: float = 0.0, rows: int = ROWS) -> None:
        self.log = log
        self.length = length
        self.slow = slow
        self.rows = rows
        self.hooks = 0

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Any:
        if index >= self.length:
            raise IndexError(index)
        self.log.note("read", index=int(index), hooks=self.hooks)
        time.sleep(self.slow)
        return self.item(int(index))

    def __iter__(self) -> Iterator[Any]:
        """Iterate as the framework's own class does, which some releases rely on."""
        bases = [base for base in sequence_classes() if hasattr(base, "__iter__")]
        if not bases:
            return (self[index] for index in range(len(self)))
        return iter(bases[0].__iter__(self))

    def item(self, index: int) -> Any:
        """Return one batch; what the facts of one theme need differently, they put here."""
        return batch(index, self.hooks, self.rows if index == self.length - 1 else ROWS)

    def on_epoch_begin(self) -> None:
        """Log it."""
        self.log.note("begin hook")

    def on_epoch_end(self) -> None:
        """Count it, as a loader does that derives its order from an epoch of its own."""
        self.hooks += 1
        self.log.note("end hook")


def numbered(log: Log, count: Optional[int] = None, slow: float = 0.0) -> Iterator[Any]:
    """Yield numbered batches, endlessly or so many."""
    index = 0
    while count is None or index < count:
        log.note("read", index=index)
        time.sleep(slow)
        yield batch(index)
        index += 1


class Cycled:
    """A loader as an endless generator, for a framework that knows no other."""

    def __init__(self, loader: Numbered) -> None:
        self._loader = loader
        self._given = 0

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Cycled:
        return self

    def __next__(self) -> Any:
        """Return the next batch, from the first again after the last."""
        self._given += 1
        return self._loader[(self._given - 1) % len(self._loader)]
