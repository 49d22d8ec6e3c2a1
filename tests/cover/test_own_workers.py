"""A worker that the suite kills is its loader's to bury: how it ended is for the loader to find."""

from __future__ import annotations

import multiprocessing
import signal
import time

import pytest

from refloader.contract.drives import EPOCHS, OWN_WORKERS
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drivers import Drive
from refloader.driving.drives.plain import EPOCHS_WITH_WORKERS
from refloader.evidence import Evidence

HOUR = 3600


class WithWorker:
    """Has a worker from its first read on; raises at later ones as long as it seems to go on."""

    def __init__(self, x):
        self.x, self.worker = x, None

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        if self.worker is None:
            fork = multiprocessing.get_context("fork")
            self.worker = fork.Process(target=time.sleep, args=(HOUR,), daemon=True)
            self.worker.start()
        elif self.worker.exitcode is None:
            raise RuntimeError("it goes on, for all that is known")
        return self.x[index : index + 1], self.x[index : index + 1]


def make(samples, batch_size, seed):
    """Build one over the samples' vectors."""
    return WithWorker(samples.arrays[0])


def test_loader_learns_that_its_worker_was_killed():
    """The exit status of a worker is there for the loader, as a pool needs it to make a new one."""
    evidence = Evidence(make, Policy.of(samples="arrays"))
    try:
        ledger = evidence.ledger(Drive(OWN_WORKERS, Scenario(3, 1), None))
    finally:
        evidence.close()

    assert ledger.facts["killed"]
    assert [event.error for event in ledger.events] == [None, None, None]


class Alarmed:
    """Has a process of its own, and hears of its death as torch's DataLoader does."""

    def __init__(self, x, y):
        self.x, self.y, self.worker = x, y, None

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        if self.worker is None:
            fork = multiprocessing.get_context("fork")
            self.worker = fork.Process(target=time.sleep, args=(HOUR,), daemon=True)
            signal.signal(signal.SIGCHLD, self.heard)
            self.worker.start()
        return self.x[index : index + 1], self.y[index : index + 1].copy()

    def heard(self, *_):
        """Raise if it is the worker that is dead."""
        if self.worker.exitcode is not None:
            raise RuntimeError("the worker was killed")


def make_alarmed(samples, batch_size, seed):
    """Build one over the samples' arrays."""
    return Alarmed(*samples.arrays)


def test_a_loader_that_hears_of_a_death_says_so():
    """What its handler raises comes in the middle of the killing: it is the error that is due."""
    evidence = Evidence(make_alarmed, Policy.of(samples="arrays"))
    try:
        ledger = evidence.ledger(Drive(OWN_WORKERS, Scenario(3, 1), None))
    finally:
        evidence.close()

    assert ledger.facts["killed"]
    assert [event.error for event in ledger.events] == [None, "RuntimeError: the worker was killed"]
    assert find("faults.worker-death").said(ledger, Policy()) is None


class WithIdleWorker(WithWorker):
    """Has a worker from its first read on, and goes on whatever becomes of it; or has none at all."""

    def __init__(self, x, *, workers):
        super().__init__(x)
        self.workers = workers

    def __getitem__(self, index):
        if self.worker is None and self.workers:
            super().__getitem__(index)
        return self.x[index : index + 1], self.x[index : index + 1]


@pytest.mark.parametrize("workers", [0, 1])
def test_of_loaders_with_workers_few_epochs_are_read(workers):
    """To start them anew for each of a hundred epochs takes minutes, and tells hardly more."""
    evidence = Evidence(
        lambda samples, *_: WithIdleWorker(samples.arrays[0], workers=workers),
        Policy.of(samples="arrays"),
    )
    try:
        ledger = evidence.ledger(Drive(EPOCHS, Scenario(3, 1, epochs=20), None))
    finally:
        evidence.close()

    assert (EPOCHS_WITH_WORKERS if workers else 20) == len(ledger.passes("epoch"))
