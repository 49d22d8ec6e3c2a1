"""What loaders leave behind, and what grows in them from epoch to epoch, is counted."""

from __future__ import annotations

import functools
import os
import statistics
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor

import pytest
import some_loaders

from refloader.contract.chapters.resources import GROWTH_BYTES
from refloader.contract.ledger import Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drives.resources import resources
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench

STRICT = Policy.of(samples="arrays")
SCENARIO = Scenario(32, 8)


class Opens(some_loaders.Slices):
    """Opens a descriptor for each batch and closes none."""

    def __getitem__(self, index):
        batch = super().__getitem__(index)
        LEFT.append(functools.partial(os.close, os.open(os.devnull, os.O_RDONLY)))
        return batch


class StartsThread(some_loaders.Slices):
    """Starts a thread when built, which only the end of the process ends."""

    def __init__(self, *settings):
        super().__init__(*settings)
        waiting = threading.Event()
        threading.Thread(target=waiting.wait, daemon=True, name="forgotten").start()


class StartsChild(some_loaders.Slices):
    """Starts a process when built, which nobody ends."""

    def __init__(self, *settings):
        super().__init__(*settings)
        waiting = [sys.executable, "-c", "import time; time.sleep(600)"]
        LEFT.append(functools.partial(_end, subprocess.Popen(waiting)))


class Remembers(some_loaders.Slices):
    """Keeps every batch that it delivered."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self.seen = []

    def __getitem__(self, index):
        self.seen.append(super().__getitem__(index))
        return super().__getitem__(index)


class Caches(Remembers):
    """Keeps each batch once."""

    def __getitem__(self, index):
        if index not in dict(self.seen):
            self.seen.append((index, some_loaders.Slices.__getitem__(self, index)))
        return some_loaders.Slices.__getitem__(self, index)


class Pooled(some_loaders.Slices):
    """Lets a process of its own hand out the batches."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self.executor = ProcessPoolExecutor(1)

    def __getitem__(self, index):
        return self.executor.submit(tuple, super().__getitem__(index)).result()


class Listed(some_loaders.Slices):
    """Enters itself in a list that nobody empties."""

    def __init__(self, *settings):
        super().__init__(*settings)
        LOADERS.append(self)


class Current(some_loaders.Slices):
    """Is known as the current one until the next is built."""

    def __init__(self, *settings):
        super().__init__(*settings)
        LOADERS[:] = [self]


LEFT, LOADERS = [], []


def _end(child):
    child.kill()
    child.wait()


@pytest.fixture(autouse=True)
def _nothing_is_left_of_a_test():
    """Close and end what a test's loaders have opened and started."""
    yield
    while LEFT:
        LEFT.pop()()
    LOADERS.clear()


def said(slug, loader, tmp_path):
    """Return what a requirement says of a loader class."""
    bench = Bench(some_loaders.factory(loader), STRICT, str(tmp_path))
    return find(slug).judge(resources(bench, SCENARIO, no_progress), STRICT)


@pytest.mark.parametrize("slug", ["resources.released", "resources.steady"])
@pytest.mark.parametrize("loader", [some_loaders.Slices, some_loaders.Locked, Caches, Current])
def test_a_loader_that_holds_nothing_is_not_blamed(slug, loader, tmp_path):
    """Locks and caches are no leak, nor is the one loader that is the current one."""
    assert said(slug, loader, tmp_path) is None


@pytest.mark.parametrize(
    ("loader", "left"),
    [
        (Opens, "after a whole epoch, descriptors are left (4): "),
        (StartsThread, "after a whole epoch, threads are left (1): forgotten ("),
        (StartsChild, "after a whole epoch, child processes are left (1): "),
        (Listed, "after a whole epoch, loaders are left (1): Listed"),
    ],
)
def test_what_is_left_is_counted_and_named(loader, left, tmp_path):
    """Descriptors, threads and child processes that outlive their loader are told by kind."""
    assert said("resources.released", loader, tmp_path).startswith(left)


def test_a_ready_loader_need_not_be_freed(tmp_path):
    """What the factory gives again each time is its own to keep."""
    ready = []

    def make(samples, batch_size, _seed):
        ready.append(ready[0] if ready else some_loaders.Slices(*samples.arrays, batch_size))
        return ready[-1]

    ledger = resources(Bench(make, STRICT, str(tmp_path)), SCENARIO, no_progress)

    assert find("resources.released").judge(ledger, STRICT) is None


def test_a_generator_that_is_kept_is_told(tmp_path):
    """It holds the data set as a loader does."""
    policy = Policy.of(samples="arrays", kind="generator")

    def make(samples, batch_size, _seed):
        LOADERS.append(some_loaders.endless_batches(*samples.arrays, batch_size))
        return LOADERS[-1]

    ledger = resources(Bench(make, policy, str(tmp_path)), SCENARIO, no_progress)

    assert "loaders are left (1): generator" in find("resources.released").judge(ledger, policy)


def test_descriptors_that_grow_are_told(tmp_path):
    """One for each of four batches, and for one that another thread reads, in each of nine epochs."""
    assert "45 descriptors more after 9 epochs, some in each of them" == said(
        "resources.steady", Opens, tmp_path
    )


def test_what_python_keeps_of_lookups_is_not_counted(tmp_path):
    """Unpickled names stay in Python's cache of attribute lookups; a pool's reads are not to blame."""
    bench = Bench(some_loaders.factory(Pooled), STRICT, str(tmp_path))
    held = [count["bytes"] for count in resources(bench, SCENARIO, no_progress).facts["counts"]]

    growth = [after - before for before, after in zip(held[2:], held[3:])]

    assert statistics.median(growth) < GROWTH_BYTES


def test_batches_that_are_kept_are_memory_that_grows(tmp_path):
    """Each epoch's batches stay, so memory grows by their size."""
    assert "bytes of memory more after 45 epochs" in said("resources.steady", Remembers, tmp_path)


@pytest.mark.parametrize(
    ("grown", "flagged"),
    [([300] * 4 + [960_000] + [300] * 6, False), ([40_000] * 11, True), ([300] * 11, False)],
    ids=["loaded once", "a little in each epoch", "the drive's own notes"],
)
def test_only_what_grows_in_each_epoch_is_growth(grown, flagged):
    """A module that is imported in one of the epochs is no leak; a batch that is kept in each is."""
    held = [sum(grown[:epoch]) for epoch in range(len(grown) + 1)]
    facts = {"counts": [{"bytes": size} for size in held], "epoch_bytes": 200_000}
    found = find("resources.steady").judge(Ledger("resources", SCENARIO, facts=facts), STRICT)

    assert flagged is bool(found)
