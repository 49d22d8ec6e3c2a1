"""The drive in which two readers are interleaved line by line, under drawn schedules."""

from __future__ import annotations

import contextlib
import linecache
import random
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Optional, Sequence, Tuple

from refloader.contract.drives import INTERLEAVED
from refloader.contract.judging.questions import same
from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.baton import Baton
from refloader.driving.drives.direct import drive, steps_of, undisturbed
from refloader.driving.drives.sources import helpers, module_files, own_files
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject

#: How many lines each reader runs before the other goes on, turn by turn.
Schedule = Tuple[int, ...]
#: A schedule, the batches that the two readers begin with, and of which loader.
Trial = Tuple[Schedule, List[int], Subject]
SCHEDULES = 48
LONGEST_TURN = 24
# So many of the schedules are tried on loaders that nobody has read yet: what is set up by the first
# read is set up by two at once there.
UNREAD = 10


@undisturbed
def interleaving(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read batches by two interleaved readers, under many schedules until one shows something.

    The ledger holds the batches read alone and those read under the last schedule tried.
    """
    with drive(INTERLEAVED, bench, scenario, tick) as (recording, subject, samples):
        steps = steps_of(subject) if subject is not None else 0
        if subject is not None and steps > 1:
            schedules = drawn(scenario.seed, SCHEDULES)
            apart, together = [0, steps - 1], [0, 0]

            def unread(firsts: List[int], tried: int = UNREAD, *, later: bool) -> Iterable[Trial]:
                for one in schedules[:tried]:
                    yield one, firsts, _built(bench, samples, scenario, later=later)

            trials = chain(
                unread(apart, later=False),
                unread(apart, later=True),
                # Both want the same, which neither has prepared or cached yet: one is to come to where
                # the other stands in the middle of that.
                unread(together, LONGEST_TURN, later=False),
                zip(schedules, repeat(apart), repeat(subject)),
            )
            files = own_files(subject.loader) | module_files(subject.traced)
            with contextlib.suppress(Exception):
                # What it reads by may be opened by its first read, which is to be two readers' of the others.
                other = bench.build(samples, scenario)
                other.read(0)
                files |= helpers(other.loader)
            if _explore(recording, trials, steps, files, tick):
                other = bench.build(samples, scenario)
                first, again = (_alone(other, steps, recording) for _ in range(2))
                differ = (_differs(first, event, other) for event in again.values())
                recording.facts["so alone"] = any(differ)
    return recording.ledger()


def _built(bench: Bench, samples: Samples, scenario: Scenario, *, later: bool) -> Subject:
    """Return a loader of which nobody has read anything yet, or nothing of its second epoch."""
    subject = bench.build(samples, scenario)
    if later:
        subject.hook("on_epoch_end")
        subject.hook("on_epoch_begin")
    return subject


def drawn(seed: int, count: int) -> List[Schedule]:
    """Return so many schedules from simple to involved: one switch after each line, then random ones."""
    chance = random.Random(seed)  # noqa: S311 - for variety
    simple: List[Schedule] = [(lines, lines) for lines in range(1, LONGEST_TURN)]
    turns = [chance.randint(2, 8) for _ in range(count - len(simple))]
    involved = [tuple(chance.randint(1, LONGEST_TURN) for _ in range(turn)) for turn in turns]
    return simple + involved


def _explore(
    recording: Recording,
    trials: Iterable[Trial],
    steps: int,
    files: FrozenSet[str],
    tick: Tick,
) -> bool:
    """Try one after the other, record the first that differs, or the last, and say whether one does."""
    read: Optional[Subject] = None
    known: Dict[Optional[int], Event] = {}
    for schedule, firsts, subject in trials:
        trial = Recording(INTERLEAVED, subject.scenario, recording.identify)
        switches = _read_interleaved(trial, subject, schedule, firsts, files)
        tick()
        found = trial.ledger().events
        differs = not known or any(_differs(known, event, subject) for event in found)
        if differs and subject is not read:
            # What it gives to one reader is asked afterwards, as the first reads are to be those that are
            # interleaved; and only where it is not what the loader before it gave.
            known, read = _alone(subject, steps, recording), subject
            differs = any(_differs(known, event, subject) for event in found)
        if differs:
            break
    recording.add([*known.values(), *found])
    recording.facts["switches"] = [_told(*switch) for switch in switches]
    return differs


def _alone(subject: Subject, steps: int, recording: Recording) -> Dict[Optional[int], Event]:
    """Return what one reader is given, by index."""
    alone = Recording(INTERLEAVED, subject.scenario, recording.identify)
    for index in range(steps):
        alone.read_index("alone", 0, index, subject)
    return {event.index: event for event in alone.ledger().events}


def _differs(alone: Any, event: Event, subject: Subject) -> bool:
    first = alone[event.index].batch
    if first is None or event.batch is None:
        return first is not None
    return not same(first, event.batch, subject.policy)


def _read_interleaved(
    trial: Recording, subject: Subject, schedule: Schedule, firsts: List[int], files: FrozenSet[str]
) -> List[Tuple[int, str, int]]:
    """Let two readers read two batches each, and record all four.

    firsts -- what each of them reads first
    """
    answers: List[Tuple[int, Callable[[], Any]]] = []

    def reader(indexes: Sequence[int]) -> Callable[[], None]:
        def read() -> None:
            # One by one: what comes in between is what is looked for.
            for index in indexes:
                answer = subject.answer(index)
                answers.append((index, answer))

        return read

    baton = Baton(schedule, files)
    one, other = firsts
    baton.run([reader([one, 1]), reader([other, 0 if other else 1])])
    for index, answer in sorted(answers, key=lambda pair: pair[0]):
        trial.read("interleaved", 0, index, answer)
    return baton.switches


def _told(reader: int, file: str, line: int) -> str:
    code = linecache.getline(file, line).strip()
    return f"reader {reader} stops before {Path(file).name}:{line}: {code}"
