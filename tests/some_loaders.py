"""Small loaders that the tests of the judging machinery are made with."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
from PIL import Image


def arrays(rows):
    """Return x and y of rows that are all different."""
    return np.random.RandomState(3).rand(rows, 5).astype("float32"), np.arange(rows) % 3


class Slices:
    """A loader that keeps the contract: copies of slices of two arrays."""

    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return (len(self.x) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return np.array(self.x[rows]), np.array(self.y[rows])


class AsStored:
    """Reads grey pictures as they are stored, without channels; of others three."""

    def __init__(self, paths, labels, batch_size):
        self.paths, self.labels, self.batch_size = paths, np.array(labels), batch_size

    def __len__(self):
        return len(range(0, len(self.paths), self.batch_size))

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        pictures = []
        for path in self.paths[rows]:
            with Image.open(path) as opened:
                pictures.append(np.asarray(opened)[..., :3])
        return np.stack(pictures), self.labels[rows].copy()


class LosesInTheEnd(Slices):
    """Has one sample less from its fiftieth epoch on."""

    epoch = 0

    def on_epoch_end(self):
        """Count the epochs."""
        self.epoch += 1

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return (x[:-1], y[:-1]) if self.epoch > 50 and index == 0 else (x, y)


class DroppedTail(Slices):
    """Loses the last partial batch."""

    def __len__(self):
        return len(self.x) // self.batch_size


class Repeats(Slices):
    """From the second epoch on, its first sample comes again in place of the last."""

    def on_epoch_end(self):
        """Begin the next epoch."""
        self.x, self.y = (np.concatenate([array[:-1], array[:1]]) for array in (self.x, self.y))


class NoBounds(Slices):
    """Slices beyond the end, which gives batches without rows."""

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return np.array(self.x[rows]), np.array(self.y[rows])


class Racy(Slices):
    """Keeps the index of the read on the loader, between two lines."""

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        self.index = index
        start = self.index * self.batch_size
        rows = slice(start, start + self.batch_size)
        return np.array(self.x[rows]), np.array(self.y[rows])


class Locked(Slices):
    """Does the same under a lock, which makes it right."""

    def __init__(self, x, y, batch_size):
        super().__init__(x, y, batch_size)
        self.lock = threading.Lock()

    def __getitem__(self, index):
        with self.lock:
            self.index = index
            return super().__getitem__(self.index)


class Deadlocked(Slices):
    """Takes two locks in an order that depends on the index."""

    def __init__(self, x, y, batch_size):
        super().__init__(x, y, batch_size)
        self.locks = [threading.Lock(), threading.Lock()]

    def __getitem__(self, index):
        first, second = self.locks[index % 2], self.locks[1 - index % 2]
        with first:
            here = index
            with second:
                return super().__getitem__(here)


class Stuck(Slices):
    """Waits for ever at its second batch, if it has more than two dozen samples."""

    def __getitem__(self, index):
        if index == 1 and len(self.x) > 24:
            threading.Event().wait()
        return super().__getitem__(index)


class StuckBeyond(Slices):
    """Waits for ever for a batch past the end."""

    def __getitem__(self, index):
        if index >= len(self):
            threading.Event().wait()
        return super().__getitem__(index)


class Polling(Slices):
    """Looks every millisecond at a flag that nobody sets, in three processes."""

    def __getitem__(self, index):
        if index == 1 and len(self.x) > 24:
            os.fork()
            os.fork()
            while not getattr(self, "ready", False):
                time.sleep(0.001)
        return super().__getitem__(index)


class Deadly(Slices):
    """Ends its process when more than a dozen samples are read."""

    def __getitem__(self, index):
        if len(self.x) > 24:
            os._exit(9)
        return super().__getitem__(index)


class StuckAtOnce(Slices):
    """Waits for ever at its first batch."""

    def __getitem__(self, index):
        threading.Event().wait()


def factory(kind):
    """Return a factory that builds a loader of this class over the samples' arrays."""

    def make(samples, batch_size, seed):
        return kind(*samples.arrays, batch_size)

    return make


def endless_batches(x, y, batch_size):
    """Yield batches for ever, as a plain generator does."""
    while True:
        for start in range(0, len(x), batch_size):
            rows = slice(start, start + batch_size)
            yield x[rows].copy(), y[rows].copy()
