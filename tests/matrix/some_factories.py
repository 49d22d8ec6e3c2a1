"""Factories that the matrix tests judge under the installed framework."""

from __future__ import annotations

import math

import refloader
from refloader.driving.data.vector_code import decode_vectors


def image_loader(samples, batch_size, seed):
    """Return the reference loader over a frame of image files, shuffling."""
    return refloader.ImageLoader(
        samples.frame, image_size=(32, 32), batch_size=batch_size, seed=seed, shuffle=True
    )


def folder_loader(samples, batch_size, seed):
    """Return the reference loader over class folders, in order, decoding in two threads."""
    return refloader.ImageLoader.from_directory(
        samples.directory,
        image_size=(32, 32),
        batch_size=batch_size,
        seed=seed,
        workers=2,
        worker_type="threads",
    )


def array_loader(samples, batch_size, seed):
    """Return the reference loader over arrays, with the samples' weights."""
    x, y = samples.arrays
    return refloader.ArrayLoader(x, y, samples.weights, batch_size=batch_size, seed=seed)


def dropping_loader(samples, batch_size, seed):
    """Return the reference loader over arrays, dropping the tail."""
    x, y = samples.arrays
    return refloader.ArrayLoader(x, y, batch_size=batch_size, seed=seed, tail="drop", shuffle=True)


def generator(samples, batch_size, seed):
    """Return the reference loader as a generator."""
    return array_loader(samples, batch_size, seed).generator()


def arrays(samples, batch_size, seed):
    """Return the reference loader's whole data as arrays."""
    return refloader.ArrayLoader(*samples.arrays, batch_size=batch_size).arrays()


class DroppedTail:
    """Loses the last partial batch and says nothing of it."""

    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows].copy(), self.y[rows].copy()


class Filled(DroppedTail):
    """Fills its last batch up with the first samples again, without weights."""

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        start = index * self.batch_size
        rows = [row % len(self.x) for row in range(start, start + self.batch_size)]
        return self.x[rows], self.y[rows]


def filled(samples, batch_size, seed):
    """Return a loader whose batches are all full."""
    return Filled(*samples.arrays, batch_size)


#: The order of the samples, as the program that builds the loader has set it.
ORDER = []


class OrderOfTheProgram(DroppedTail):
    """Reads in an order that a spawned worker has never heard of: there the first batch is all."""

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        order = ORDER or range(self.batch_size)
        rows = [order[row % len(order)] for row in range(len(self.x))]
        chosen = rows[index * self.batch_size : (index + 1) * self.batch_size]
        return self.x[chosen], self.y[chosen]


def order_of_the_program(samples, batch_size, seed):
    """Return a loader that is right in the program, and in workers that are forked from it."""
    ORDER[:] = range(len(samples))
    return OrderOfTheProgram(*samples.arrays, batch_size)


class Backwards(DroppedTail):
    """Delivers everything, but every other loader that is built turns its rows round."""

    built = 0

    def __init__(self, x, y, batch_size):
        super().__init__(x, y, batch_size)
        Backwards.built += 1
        self.turn = slice(None, None, -1 if Backwards.built % 2 else 1)

    def __len__(self):
        return (len(self.x) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x[self.turn], y[self.turn]


def dropped_tail(samples, batch_size, seed):
    """Return a loader that loses the tail."""
    return DroppedTail(*samples.arrays, batch_size)


def backwards(samples, batch_size, seed):
    """Return a loader without a fixed order."""
    return Backwards(*samples.arrays, batch_size)


def by_both(batch):
    """Identify samples by x, of a batch that must have y: a model that predicts is given none."""
    x, _ = batch
    return [None if sample < 0 else int(sample) for sample in decode_vectors(x)]
