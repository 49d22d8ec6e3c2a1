"""What a loader delivers after the read of a batch was broken off at one of its lines."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from refloader.contract.chapters.faults import interrupt
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.drives.interrupted import interrupted
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench


class Loader:
    """Batches of arrays in memory; what comes of a read is for others to say."""

    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size
        self.filled = set()
        self.cache = np.zeros_like(x)
        self.labels = list(y)
        self.lock = threading.Lock()
        self.last = None

    def __len__(self):
        return (len(self.x) + self.batch_size - 1) // self.batch_size

    def rows(self, index):
        """Return the rows of a batch."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return range(index * self.batch_size, min(len(self.x), (index + 1) * self.batch_size))


class InOrder(Loader):
    """Notes that a row is there when it is."""

    def __getitem__(self, index):
        with self.lock:
            rows = self.rows(index)
            for row in rows:
                if row not in self.filled:
                    self.cache[row] = self.x[row]
                    self.filled.add(row)
            return self.cache[rows].copy(), self.y[rows].copy()


class MarkedFirst(Loader):
    """Notes that a row is there before it is."""

    def __getitem__(self, index):
        rows = self.rows(index)
        for row in rows:
            if row not in self.filled:
                self.filled.add(row)
                self.cache[row] = self.x[row]
        return self.cache[rows].copy(), self.y[rows].copy()


class KeepsTheLast(Loader):
    """Hands out the batch that it had chosen and not delivered, whichever is asked for."""

    def __getitem__(self, index):
        if self.last is None:
            self.last = index
        x = self.x[self.rows(self.last)][: len(self.rows(index))].copy()
        self.last = None
        return x, self.y[self.rows(index)].copy()


class LabelsTaken(Loader):
    """Takes a batch's labels out of a list, and puts them back at the end."""

    def __getitem__(self, index):
        rows = self.rows(index)
        y = [self.labels[row] for row in rows]
        for row in rows:
            self.labels[row] = -1
        x = self.x[rows].copy()
        for row, label in zip(rows, y):
            self.labels[row] = label
        return x, np.array(y)


class Random(Loader):
    """Draws its rows anew in each read."""

    def __getitem__(self, index):
        rows = np.random.choice(len(self.x), len(self.rows(index)), replace=False)  # noqa: NPY002
        return self.x[rows], self.y[rows]


class Raises(Loader):
    """Cannot be used any more once a read was broken off, and says so."""

    def __getitem__(self, index):
        if self.last is not None:
            raise RuntimeError("a read was broken off: build the loader anew")
        self.last = index
        rows = self.rows(index)
        found = self.x[rows].copy(), self.y[rows].copy()
        self.last = None
        return found


def said(kind, tmp_path, **declared):
    """Return what faults.interrupt says of such a loader."""

    def make(samples, batch_size, _seed):
        return kind(*samples.arrays, batch_size)

    policy = Policy.of(samples="arrays", **declared)
    ledger = interrupted(Bench(make, policy, str(tmp_path)), Scenario(9, 4, classes=3), no_progress)
    return interrupt(ledger, policy)


@pytest.mark.parametrize(
    ("kind", "place", "told"),
    [
        (
            MarkedFirst,
            "(self.cache[row] = self.x[row])",
            "row 0 of batch 1 is no sample, and sample 4",
        ),
        (
            LabelsTaken,
            "(for row in rows:)",
            "sample 4 comes with y = -1 in batch 1, and with 0 otherwise",
        ),
    ],
    ids=["a cache", "labels"],
)
def test_what_is_half_done_when_a_read_is_broken_off_is_told(kind, place, told, tmp_path):
    """The line before which the interrupt came is named, and what the batch holds since."""
    found = said(kind, tmp_path)

    assert f"{place} {told}" in found, found


@pytest.mark.parametrize("kind", [InOrder, Random, Raises])
def test_what_is_whole_again_is_not_told_of(kind, tmp_path):
    """Nor what is another batch each time, nor an error."""
    assert said(kind, tmp_path) is None


def test_of_what_is_augmented_samples_alone_are_compared(tmp_path):
    """Labels may be blended there, with others each time."""
    assert said(LabelsTaken, tmp_path, augment=True) is None
    assert said(MarkedFirst, tmp_path, augment=True) is None
