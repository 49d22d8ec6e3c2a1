"""A worker that the suite kills is its loader's to bury: how it ended is for the loader to find."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.own_workers import own_workers
from refloader.driving.recording import no_progress
from refloader.driving.subject import Bench

HOUR = 3600


class WithWorker:
    """Has a worker from its first read on, and looks at the second whether that has ended."""

    def __init__(self, x, y):
        self.x, self.y = x, y
        self.worker, self.seen = None, []

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        if self.worker is None:
            fork = multiprocessing.get_context("fork")
            self.worker = fork.Process(target=time.sleep, args=(HOUR,), daemon=True)
            self.worker.start()
        self.seen.append(self.worker.exitcode)
        return self.x[index : index + 1], self.y[index : index + 1]


def test_loader_learns_that_its_worker_was_killed(tmp_path: Path) -> None:
    """The exit status of a worker is there for the loader, as a pool needs it to make a new one."""
    loaders = []

    def make(samples, batch_size, seed):
        loaders.append(WithWorker(*samples.arrays))
        return loaders[-1]

    bench = Bench(make, Policy.of(samples="arrays"), str(tmp_path))
    own_workers(bench, Scenario(3, 1), no_progress)

    assert [seen for loader in loaders for seen in loader.seen] == [None, -9, -9]
