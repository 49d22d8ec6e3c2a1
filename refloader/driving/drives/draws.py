"""The drive that compares the random numbers of two workers, over samples that are all alike.

Where nothing is augmented, which samples were drawn tells of the numbers: then those are left as they are.
"""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from refloader.contract.chapters.randomness import (
    DRAWS_ALONE,
    DRAWS_OF_COPY,
    DRAWS_OF_RANK,
    DRAWS_OF_THREADS,
)
from refloader.contract.drives import DRAWS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.crew import Task, read_by_workers
from refloader.driving.drives.direct import copied, read_epochs, read_indexes, steps_of
from refloader.driving.observing.nest import arrays_of
from refloader.driving.observing.picture_shapes import channel_axis
from refloader.driving.observing.recording import Recording, Tick, describe
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.global_random import seed_all

WORKERS = 2
OVER_A_SECOND = 1.1

EPOCHS_ALONE = 12


class Inputs(Subject):
    """Reads x alone, and of x the pictures, if there are any: labels differ between samples otherwise alike.

    A model that computes its loss in a layer takes the targets among its inputs.
    """

    def read(self, index: int) -> Any:
        """Return x of the batch of this index."""
        x = super().read(index)[0]
        leaves = [leaf for _, leaf in arrays_of(x, "x")]
        return ([leaf for leaf in leaves if channel_axis(leaf.shape) is not None] or x,)


def draws(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Let two workers, two threads and one process read each epoch of a data set in which every x is the same.

    Where all x are the same, batches of equal bytes were made with the same random numbers.
    """
    # Who the samples are is not asked, and not told by what is all alike.
    recording = Recording(DRAWS, scenario, tick=tick)
    recording.facts["workers"] = WORKERS
    seed_all(scenario.seed)
    with bench.samples(scenario) as samples:
        if bench.policy.augment:
            make_alike(samples)
        try:
            built = bench.build(samples, scenario)
        except Exception as error:  # noqa: BLE001 - a factory's refusal belongs in the ledger
            recording.build_error = describe(error)
            return recording.ledger()
        subject = Inputs(built.loader, scenario, bench.policy)
        # Workers share out indexes, and a generator has none.
        if bench.policy.kind == "sequence":
            _read_by_two(recording, subject)
            _read_by_threads(recording, subject)
        # What a loader keeps of what it drew is lost with each worker, and not where there is none.
        # There are more epochs to it, as it takes no workers: some have a few seeds, in turns.
        read_epochs(recording, subject, DRAWS_ALONE, range(EPOCHS_ALONE))
        asked = bench.policy.kind == "sequence" and bench.policy.augment
        copy = copied(subject) if asked else None
        if copy is not None:
            read_epochs(recording, copy, DRAWS_OF_COPY, range(scenario.epochs))
        if bench.policy.shards and bench.policy.augment:
            _read_by_ranks(recording, bench, samples)
    return recording.ledger()


def _read_by_ranks(recording: Recording, bench: Bench, samples: Samples) -> None:
    for rank in range(WORKERS):
        built = bench.build(samples, recording.scenario, shard=(rank, WORKERS))
        ours = Inputs(built.loader, recording.scenario, bench.policy, world=WORKERS)
        read_epochs(recording, ours, DRAWS_OF_RANK.format(rank), range(recording.scenario.epochs))


def _read_by_two(recording: Recording, subject: Inputs) -> None:
    steps = range(steps_of(subject))
    for epoch in range(recording.scenario.epochs):
        subject.hook("on_epoch_begin")
        tasks = [Task("draws", epoch, steps[worker::WORKERS]) for worker in range(WORKERS)]
        for read in read_by_workers("fork", tasks, subject, None, recording.tick):
            recording.add(read.events)
        subject.hook("on_epoch_end")
        if epoch == 0 and _all_alike(recording):
            # A seed that is the time in whole seconds is the same all through an epoch as short.
            time.sleep(OVER_A_SECOND)


def _read_by_threads(recording: Recording, subject: Subject) -> None:
    """Let two threads read each epoch, one after the other: neither ends before both have read."""
    steps = range(steps_of(subject))
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        for epoch in range(recording.scenario.epochs):
            subject.hook("on_epoch_begin")
            for worker, thread in enumerate((first, second)):
                share = steps[worker::WORKERS]
                thread.submit(
                    read_indexes, recording, subject, DRAWS_OF_THREADS, epoch, share
                ).result()
            subject.hook("on_epoch_end")


def _all_alike(recording: Recording) -> bool:
    return len({batch.digest for batch in recording.ledger().batches()}) == 1


def make_alike(samples: Samples) -> None:
    """Give every sample the x of the first, in memory and in its file."""
    samples.arrays.x[...] = samples.arrays.x[:1]
    samples.images[...] = samples.images[:1]
    one = next((path for path in samples.paths if path.endswith(".png")), samples.paths[0])
    for path in samples.paths:
        if path != one:
            shutil.copyfile(one, path)
