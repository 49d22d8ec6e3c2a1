"""The drive in which two threads take batches from one generator, interleaved line by line."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, Callable, List

from refloader.contract.drives import CONSUMERS, COPIES
from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.driving.drives.baton import Baton
from refloader.driving.drives.crew import Task, read_by_workers
from refloader.driving.drives.direct import drive, steps_of
from refloader.driving.drives.interleaving import Schedule, drawn
from refloader.driving.drives.sources import files_behind
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject

# A generator is built anew for each schedule, so of those drawn every third is tried.
DRAWN = 72
# Where one epoch ends and the next begins is where a position is moved on.
SHARED_EPOCHS = 2
# What a stream loses or repeats by itself, as by chance, shows in these.
ALONE_EPOCHS = 8


def consumers(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Take some epochs alone, and by two readers of a new generator under each of some schedules.

    What is taken under a schedule, two epochs, is a pass of phase ``shared``; one that ends in an error is
    the last.
    """
    with drive(CONSUMERS, bench, scenario, tick) as (recording, subject, samples):
        steps = steps_of(subject) if subject is not None else 0
        if subject is not None and steps > 1:
            for epoch, index in itertools.product(range(ALONE_EPOCHS), range(steps)):
                recording.read_index("alone", epoch, index, subject)
            for number, schedule in enumerate(_chosen(scenario.seed)):
                events = _shared(recording, bench.build(samples, scenario), schedule, number)
                if any(event.error for event in events):
                    break
    return recording.ledger()


def copies(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Let two forked processes take half an epoch each from one generator."""
    with drive(COPIES, bench, scenario, tick) as (recording, subject, _):
        if subject is not None:
            subject.stream()
            steps = range(steps_of(subject))
            tasks = [Task("copies", 0, steps[worker::2]) for worker in range(2)]
            for read in read_by_workers("fork", tasks, subject, bench.identify, tick):
                recording.add(read.events)
    return recording.ledger()


def _chosen(seed: int) -> List[Schedule]:
    """Return schedules from simple to involved, every few of those that there are."""
    return drawn(seed, DRAWN)[::3]


def _shared(recording: Recording, subject: Subject, schedule: Schedule, number: int) -> List[Event]:
    """Let two readers take the batches of some epochs together, and record them as they came."""
    answers: List[Callable[[], Any]] = []
    steps = SHARED_EPOCHS * subject.steps()
    recording.facts["shared epochs"] = SHARED_EPOCHS
    stream = subject.stream()
    if stream is not subject.loader and hasattr(type(subject.loader), "__next__"):
        recording.facts["handed out"] = type(stream).__name__

    def reader(count: int) -> Callable[[], None]:
        def take() -> None:
            # One by one: what comes in between is what is looked for.
            answers.extend(subject.answer(0) for _ in range(count))

        return take

    baton = Baton(schedule, files_behind(stream))
    baton.run([reader(steps - steps // 2), reader(steps // 2)])
    trial = Recording(CONSUMERS, subject.scenario, recording.identify)
    for index, answer in enumerate(answers):
        trial.read("shared", number, index, answer)
    recording.facts["switches"] = [_told(*switch) for switch in baton.switches]
    events = list(trial.ledger().events)
    recording.add(events)
    return events


def _told(reader: int, file: str, line: int) -> str:
    return f"reader {reader} stops before {Path(file).name}:{line}"
