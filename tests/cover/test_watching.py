"""A loader is judged by what its user's own training read from it."""

from __future__ import annotations

import math
import multiprocessing
import threading

import numpy as np
import pytest

import refloader
from refloader.errors import UsageError

ROWS, BATCH = 10, 4


class Own:
    """A loader over data of its user's own, which a subclass gets wrong."""

    def __init__(self, rows=ROWS):
        self.x = np.random.RandomState(0).rand(rows, 3).astype("float32")
        self.y = np.arange(rows) % 2
        self.epoch = 0

    def __len__(self):
        return math.ceil(len(self.x) / BATCH)

    def rows(self, index):
        """Return the rows of a batch."""
        return np.arange(len(self.x))[index * BATCH : (index + 1) * BATCH]

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.x[self.rows(index)], self.y[self.rows(index)]

    def on_epoch_end(self):
        """Count the epoch."""
        self.epoch += 1


class Repeats(Own):
    """Delivers its first row again in the second epoch."""

    def rows(self, index):
        """Return the rows of a batch."""
        return (
            np.r_[super().rows(index), 0] if (index, self.epoch) == (2, 1) else super().rows(index)
        )


class Cuts(Own):
    """Loses its tail."""

    def __len__(self):
        return len(self.x) // BATCH


class Counts(Own):
    """Goes on by its own count."""

    read = 0

    def rows(self, index):
        """Return the rows of a batch."""
        self.read += 1
        return super().rows((self.read - 1) % len(self))


def trained(watched, *, epochs=2, peek=False):
    """Read epochs as a framework does."""
    with watched:
        if peek:
            watched[0]
        for _ in range(epochs):
            for index in range(len(watched)):
                watched[index]
            watched.on_epoch_end()
    return {one.requirement: one for one in watched.report.results}


def broken(results):
    """Return what is broken, each with its sentence."""
    return {slug: one.witness.text for slug, one in results.items() if one.broken}


def test_a_good_loader_keeps_what_can_be_judged():
    """Nothing is broken, and everything that a training shows was judged."""
    results = trained(refloader.watch(Own(), n=ROWS), peek=True)

    assert {} == broken(results)
    assert "pass" == results["coverage.no-loss"].verdict


def test_a_repeated_sample_is_found():
    """A row that comes twice in the second epoch is named."""
    assert {"coverage.no-repeat", "coverage.tail"} == set(
        broken(trained(refloader.watch(Repeats())))
    )


def test_a_lost_tail_is_found_where_the_size_is_known():
    """With n the loader is held to the data set; without, to what it delivers."""
    assert "coverage.no-loss" in broken(trained(refloader.watch(Cuts(), n=ROWS)))
    assert "coverage.no-loss" not in broken(trained(refloader.watch(Cuts())))


def test_a_loader_that_counts_its_reads_is_found_by_a_peek():
    """An index that gave two batches in one epoch is named."""
    assert "purity.repeatable" in broken(trained(refloader.watch(Counts()), peek=True))


def test_equal_rows_are_samples_of_their_own():
    """Data that hold a row twice are no repeat."""
    loader = Own()
    loader.x[7], loader.y[7] = loader.x[2], loader.y[2]

    assert {} == broken(trained(refloader.watch(loader, n=ROWS)))


def test_what_worker_processes_read_is_noted():
    """An epoch that two forked processes share out is whole."""
    forking = multiprocessing.get_context("fork")
    with refloader.watch(Own(), n=ROWS) as watched, forking.Pool(2) as pool:
        pool.map(watched.__getitem__, range(len(watched)), chunksize=1)
    results = {one.requirement: one for one in watched.report.results}

    assert "pass" == results["coverage.no-loss"].verdict


def test_what_threads_read_is_noted():
    """An epoch that is read in another thread is whole."""
    with refloader.watch(Own(), n=ROWS) as watched:
        reader = threading.Thread(target=lambda: [watched[index] for index in range(len(watched))])
        reader.start()
        reader.join()

    assert watched.report.passed


def test_an_epoch_that_was_not_read_as_a_whole_is_not_judged():
    """A training that was broken off shows no loss: that is vacuous, not kept."""
    with refloader.watch(Own(), n=ROWS) as watched:
        watched[1]

    assert {"vacuous", "not-applicable"} == {one.verdict for one in watched.report.results}


@pytest.mark.parametrize(
    ("slug", "policy"),
    [
        ("shuffling.per-epoch", {"shuffle": True}),
        ("shuffling.stable-when-off", {}),
        ("purity.repeatable", {}),
    ],
)
def test_what_was_read_once_alone_is_compared_with_nothing(slug, policy):
    """One epoch without a peek shows no second order and no batch again: that is vacuous, not kept."""
    results = trained(refloader.watch(Own(), n=ROWS, **policy), epochs=1)

    assert ("vacuous", "pass") == (results[slug].verdict, results["coverage.no-loss"].verdict)


def test_the_report_waits_for_the_end():
    """What was read is judged when the training is over."""
    watched = refloader.watch(Own())

    with pytest.raises(UsageError, match="after the with block"):
        _ = watched.report


def test_a_generator_cannot_be_watched():
    """What has no index is refused in words."""
    with pytest.raises(UsageError, match="generator has no index"):
        refloader.watch(batch for batch in [])
