"""A worker that the suite kills is its loader's to bury: how it ended is for the loader to find."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import numpy as np

from refloader.contract.drives import OWN_WORKERS
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drivers import Drive
from refloader.driving.own_workers import own_workers
from refloader.driving.subject import Bench
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
            self.worker = os.fork()
            if not self.worker:
                signal.pause()
        return self.x[index : index + 1], np.array(self.y[index : index + 1])


def test_a_loader_that_hears_of_a_death_says_so(tmp_path):
    """What its handler raises comes in the middle of the killing, and is the error that is due."""

    def heard(*_):
        raise RuntimeError("a worker was killed")

    before = signal.signal(signal.SIGCHLD, heard)
    try:
        bench = Bench(lambda samples, *_: Alarmed(*samples.arrays), Policy(), str(tmp_path))
        ledger = own_workers(bench, Scenario(3, 1), lambda: None)
    finally:
        signal.signal(signal.SIGCHLD, before)

    assert ledger.facts["killed"]
    assert [one.error for one in ledger.events if one.error] == [
        "RuntimeError: a worker was killed"
    ]
    assert find("faults.worker-death").said(ledger, Policy()) is None
