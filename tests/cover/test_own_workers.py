"""A worker that the suite kills is its loader's to bury: how it ended is for the loader to find."""

from __future__ import annotations

import multiprocessing
import time

from refloader.contract.drives import OWN_WORKERS
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.drivers import Drive
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
