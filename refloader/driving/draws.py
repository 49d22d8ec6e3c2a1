"""The drive that compares the random numbers of two workers, over samples that are all alike."""

from __future__ import annotations

import shutil
from typing import Any

from refloader.contract.drives import DRAWS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.crew import Task, read_by_workers
from refloader.driving.direct import steps_of
from refloader.driving.recording import Recording, Tick, describe, steady_random
from refloader.driving.samples import Samples
from refloader.driving.subject import Bench, Subject

WORKERS = 2


class Inputs(Subject):
    """Reads x alone: labels differ between samples that are otherwise alike."""

    def read(self, index: int) -> Any:
        """Return x of the batch of this index."""
        return (super().read(index)[0],)


def draws(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Let two forked workers read each epoch of a data set in which every x is the same.

    Where all x are the same, batches of equal bytes were made with the same random numbers.
    """
    recording = Recording(DRAWS, scenario, bench.identify, tick)
    recording.facts["workers"] = WORKERS
    with bench.samples(scenario) as samples, steady_random(scenario.seed):
        make_alike(samples)
        try:
            built = bench.build(samples, scenario)
        except Exception as error:  # noqa: BLE001 - a factory's refusal belongs in the ledger
            recording.build_error = describe(error)
            return recording.ledger()
        subject = Inputs(built.loader, scenario, bench.policy)
        steps = range(steps_of(subject))
        for epoch in range(scenario.epochs):
            subject.hook("on_epoch_begin")
            tasks = [Task("draws", epoch, steps[worker::WORKERS]) for worker in range(WORKERS)]
            for read in read_by_workers("fork", tasks, subject, bench.identify, tick):
                recording.add(read.events)
            subject.hook("on_epoch_end")
    return recording.ledger()


def make_alike(samples: Samples) -> None:
    """Give every sample the x of the first, in memory and in its file."""
    samples.arrays.x[...] = samples.arrays.x[:1]
    samples.images[...] = samples.images[:1]
    one = next(path for path in samples.paths if path.endswith(".png"))
    for path in samples.paths:
        if path != one:
            shutil.copyfile(one, path)
