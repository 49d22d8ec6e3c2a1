"""What reading a new loader's last batch first shows, and what writing into batches does."""

from __future__ import annotations

import numpy as np
import pytest

from refloader.contract.chapters.purity import FIRST_READ
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drives.rereads import rereads
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench

POLICY = Policy.of(samples="arrays")


class Slices:
    """Serves slices; what a subclass prepares at batch 0 it may need for all others."""

    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return (len(self.x) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows].copy(), self.y[rows].copy()


class PreparedByTheFirst(Slices):
    """Has nothing to serve before batch 0 was read."""

    prepared = False

    def __getitem__(self, index):
        self.prepared = self.prepared or index == 0
        if not self.prepared:
            raise AttributeError("nothing is prepared")
        return super().__getitem__(index)


class OrderedWhenBuilt(Slices):
    """Has another order each time that it is built."""

    built = 0

    def __init__(self, x, y, batch_size):
        OrderedWhenBuilt.built += 1
        turned = OrderedWhenBuilt.built % len(x)
        super().__init__(x[turned:], y[turned:], batch_size)


@pytest.mark.parametrize(
    ("loader", "expected"),
    [
        (Slices, None),
        (OrderedWhenBuilt, None),
        (
            PreparedByTheFirst,
            f"reading batch 1 of epoch 0 raised AttributeError: nothing is prepared, {FIRST_READ}",
        ),
    ],
)
def test_the_last_batch_of_a_new_loader_can_be_read_first(loader, expected, tmp_path):
    """A batch that cannot be had before batch 0 depends on what was read before."""

    def make(samples, batch_size, seed):
        return loader(*samples.arrays, batch_size)

    ledger = rereads(Bench(make, POLICY, str(tmp_path)), Scenario(8, 4), no_progress)

    assert expected == find("purity.order-free").judge(ledger, POLICY)


class DrawsAnew(Slices):
    """Draws the rows of each read, whatever the index: copies, which nobody's writing changes."""

    def __getitem__(self, index):
        rows = np.random.randint(0, len(self.x), self.batch_size)  # noqa: NPY002 - as people do
        return self.x[rows], self.y[rows]


class LabelsAnew(Slices):
    """Draws the labels of each read."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x.copy(), np.random.randint(0, 9, len(y))  # noqa: NPY002 - as people do


class Views(Slices):
    """Serves views of the data set."""

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows], self.y[rows]


@pytest.mark.parametrize(
    ("loader", "expected"),
    [
        (Slices, None),
        (DrawsAnew, None),
        (LabelsAnew, None),
        (Views, "writing into a delivered batch changed the samples' arrays"),
    ],
)
def test_writing_is_blamed_for_what_it_changes_alone(loader, expected, tmp_path):
    """A loader that differs from read to read by itself shows nothing of what writing does."""

    def make(samples, batch_size, _seed):
        return loader(*samples.arrays, batch_size)

    ledger = rereads(Bench(make, POLICY, str(tmp_path)), Scenario(9, 2), no_progress)

    assert expected == find("purity.caller-owned").judge(ledger, POLICY)


class SharedCache(Slices):
    """Keeps batches for all loaders there are, by their index."""

    def __getitem__(self, index):
        return tuple(part.copy() for part in KEPT.setdefault(index, super().__getitem__(index)))


class Picky(Slices):
    """Takes one number of samples only."""

    def __init__(self, x, y, batch_size):
        if len(x) != SIZE:
            raise ValueError("another number of samples was expected")
        super().__init__(x, y, batch_size)


SIZE = 9
KEPT = {}
MIXED_UP = "a loader over samples 5 to 8 delivers sample 0, of another's data set"


@pytest.mark.parametrize(
    ("loader", "expected"), [(Slices, None), (Picky, None), (SharedCache, MIXED_UP)]
)
def test_a_second_loader_over_other_samples_delivers_its_own(loader, expected, tmp_path):
    """What one loader keeps must not come out of another; that two can be built is no requirement."""

    def make(samples, batch_size, _seed):
        return loader(*samples.arrays, batch_size)

    ledger = rereads(Bench(make, POLICY, str(tmp_path)), Scenario(SIZE, 2), no_progress)

    assert expected == find("coverage.no-invention").judge(ledger, POLICY)


def test_a_ready_loader_is_not_its_own_neighbour(tmp_path):
    """Where the factory always returns the same loader there is no second one."""
    ready = []

    def make(samples, batch_size, _seed):
        ready.append(Slices(*samples.arrays, batch_size))
        return ready[0]

    ledger = rereads(Bench(make, POLICY, str(tmp_path)), Scenario(SIZE, 2), no_progress)

    assert find("coverage.no-invention").judge(ledger, POLICY) is None
