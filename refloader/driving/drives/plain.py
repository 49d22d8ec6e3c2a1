"""The drives that read a loader as a plain program does: by index, epoch after epoch, and by iterating."""

from __future__ import annotations

import contextlib
from typing import Any, Optional

import psutil

from refloader.contract.drives import EMPTY, EPOCHS, ITERATION, SHUFFLES, UNIFORM
from refloader.contract.judging.questions import RANKS_THAT_DRAW, of_all_ranks
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.direct import (
    TOO_MANY,
    built_anew,
    drive,
    iterate,
    read_epochs,
    steps_of,
    take_a_step,
    undisturbed,
)
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.children import below
from refloader.driving.surroundings.process_state import changes, look

#: Epochs that are iterated over after others were read by index.
EPOCHS_ITERATED = 3
#: Epochs that are read of loaders with worker processes of their own, of however many are planned.
EPOCHS_WITH_WORKERS = 12


@undisturbed
def epochs(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read every index in order, epoch after epoch, with the hooks in between."""
    with drive(EPOCHS, bench, scenario, tick) as (recording, subject, _):
        _every_epoch(recording, subject)
    return recording.ledger()


@undisturbed
def shuffles(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Do the same over enough batches and epochs to tell orders apart; then iterate, epoch after epoch."""
    with drive(SHUFFLES, bench, scenario, tick) as (recording, subject, _):
        _every_epoch(recording, subject)
        if subject is not None and subject.policy.kind == "sequence":
            for epoch in range(EPOCHS_ITERATED):
                subject.hook("on_epoch_begin")
                iterate(recording, subject, "iterated", epoch, steps_of(subject))
                subject.hook("on_epoch_end")
    return recording.ledger()


@undisturbed
def uniform(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Do the same over very many epochs of very few samples; where ranks draw them, on each of these too."""
    with drive(UNIFORM, bench, scenario, tick) as (recording, subject, samples):
        _every_epoch(recording, subject)
        if subject is not None and bench.policy.sampling != "exactly-once" and bench.policy.shards:
            for world in RANKS_THAT_DRAW:
                _draw_by_ranks(recording, bench, samples, world)
    return recording.ledger()


def _draw_by_ranks(recording: Recording, bench: Bench, samples: Samples, world: int) -> None:
    """Read the epochs of all ranks; whether they can be built is judged where the ranks are."""
    scenario = recording.scenario
    with contextlib.suppress(Exception):
        ranks = [bench.build(samples, scenario, shard=(rank, world)) for rank in range(world)]
        # Of a tail that is dropped some may have less than one batch.
        for subject in ranks if all(map(steps_of, ranks)) else ():
            read_epochs(recording, subject, of_all_ranks(world), range(scenario.epochs))


def _every_epoch(recording: Recording, subject: Optional[Subject]) -> None:
    for epoch in range(recording.scenario.epochs if subject is not None else 0):
        # To start workers anew for each of very many epochs takes minutes.
        if epoch == EPOCHS_WITH_WORKERS and recording.driver == EPOCHS and below(psutil.Process()):
            return
        _one_epoch(recording, subject, epoch)


def _one_epoch(recording: Recording, subject: Any, epoch: int) -> None:
    indexed = subject.policy.kind == "sequence"
    if indexed:
        recording.length(f"before epoch {epoch}", subject.length)
    subject.hook("on_epoch_begin")
    steps = steps_of(subject)
    for index in range(steps):
        recording.read_index("epoch", epoch, index, subject)
        if (epoch, index) == (0, 0):
            take_a_step(recording, steps)
    if indexed:
        recording.length(f"after epoch {epoch}", subject.length)
    subject.hook("on_epoch_end")


@undisturbed
def iteration(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Iterate to the end, again, and after an early break; then read past both ends."""
    with drive(ITERATION, bench, scenario, tick) as (recording, subject, samples):
        if subject is not None:
            steps = steps_of(subject)
            end = max(steps, subject.steps()) if steps else 0
            # A sampler's length need not be that of the data: what has that many is not read to its end.
            most = steps + TOO_MANY if end == steps else steps
            _break_the_first(recording, bench, samples, subject, most)
            _iterate_whole(recording, subject, "first iteration", 0, most)
            _iterate_whole(recording, subject, "second iteration", 1, most)
            before = look()
            # After its first batch, as a look at it ends, or later, as whatever went wrong does.
            iterate(recording, subject, "broken off", 2, 1 + scenario.seed % max(1, steps - 1))
            # Now, as the next whole pass may put back what this one has left.
            recording.facts["process_broken"] = changes(before, look())
            _iterate_whole(recording, subject, "iteration after a break", 3, most)
            _bounds(recording, subject, steps, end)
            if end > steps:
                recording.facts.pop("endless", None)
    return recording.ledger()


def _break_the_first(
    recording: Recording, bench: Bench, samples: Samples, subject: Subject, most: int
) -> None:
    """Break off the very first iteration over another loader, which may keep that for the whole."""
    other = built_anew(bench, samples, subject)
    if other is not None:
        iterate(recording, other, "first broken off", 0, 1)
        _iterate_whole(recording, other, "iteration after a first break", 1, most)


def _iterate_whole(
    recording: Recording, subject: Subject, phase: str, epoch: int, most: int
) -> None:
    """Do the same, and note where there are so many batches that there seems to be no end."""
    if len(iterate(recording, subject, phase, epoch, most)) == most:
        recording.facts["endless"] = most


def _bounds(recording: Recording, subject: Subject, steps: int, end: int) -> None:
    for index in range(steps):
        recording.read_index("epoch", 0, index, subject)
    for index in (end, end + 1, 10 * end + 7):
        recording.read_index("beyond", 0, index, subject)
    for index in (-1, -end, -end - 1):
        recording.read_index("negative", 0, index, subject)


def empty(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Build over no samples and iterate."""
    with drive(EMPTY, bench, scenario, tick) as (recording, subject, _):
        if subject is not None and subject.policy.kind == "sequence":
            recording.length("over no samples", subject.length)
            _iterate_whole(recording, subject, "first iteration", 0, TOO_MANY)
        elif subject is not None and subject.policy.kind == "generator":
            with contextlib.suppress(StopIteration):
                recording.read("first iteration", 0, None, lambda: next(subject.stream()))
    return recording.ledger()
