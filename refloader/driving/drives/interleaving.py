"""The drive in which two readers are interleaved line by line, under drawn schedules, and within lines."""

from __future__ import annotations

import contextlib
import linecache
import random
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
)

from refloader.contract.drives import INTERLEAVED
from refloader.contract.judging.questions import same
from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.baton import Baton
from refloader.driving.drives.direct import drive, steps_of, undisturbed
from refloader.driving.drives.sources import helpers, module_files, own_files
from refloader.driving.drives.within import Pinned
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject

#: How many lines each reader runs before the other goes on, turn by turn.
Schedule = Tuple[int, ...]
#: What each of the two readers reads.
Shares = Tuple[Sequence[int], Sequence[int]]
#: How the two are interleaved, what they read, and of which loader.
Trial = Tuple[Baton, Shares, Subject]
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
            files = _files(bench, samples, scenario, subject)

            def build(*, later: bool = False) -> Subject:
                return _built(bench, samples, scenario, later=later)

            trials = _trials(drawn(scenario.seed, SCHEDULES), steps, files, subject, build)
            if _explore(recording, trials, steps, tick):
                other = bench.build(samples, scenario)
                first, again = (_alone(other, steps, recording) for _ in range(2))
                differ = (_differs(first, event, other) for event in again.values())
                recording.facts["so alone"] = any(differ)
    return recording.ledger()


def _files(bench: Bench, samples: Samples, scenario: Scenario, subject: Subject) -> FrozenSet[str]:
    """Return the source files in which the readers of a loader are stopped."""
    files = own_files(subject.loader) | module_files(subject.traced)
    with contextlib.suppress(Exception):
        # What it reads by may be opened by its first read, which is to be two readers' of the others.
        other = bench.build(samples, scenario)
        other.read(0)
        files |= helpers(other.loader)
    return files


def _trials(
    schedules: Sequence[Schedule],
    steps: int,
    files: FrozenSet[str],
    subject: Subject,
    build: Callable[..., Subject],
) -> Iterator[Trial]:
    """Yield all that is tried: loaders that nobody has read, then this one, then stops within lines."""
    apart, together = ([0, 1], [steps - 1, 0]), ([0, 1], [0, 1])

    def unread(shares: Shares, tried: int = UNREAD, *, later: bool) -> Iterator[Trial]:
        for one in schedules[:tried]:
            yield Baton(one, files), shares, build(later=later)

    yield from unread(apart, later=False)
    yield from unread(apart, later=True)
    # Both want the same, which neither has prepared or cached yet: one is to come to where
    # the other stands in the middle of that.
    yield from unread(together, LONGEST_TURN, later=False)
    for one in schedules:
        yield Baton(one, files), apart, subject
    yield from _within_lines(([0, 1], [steps - 1]), files, build)


def _within_lines(
    shares: Shares, files: FrozenSet[str], build: Callable[..., Subject]
) -> Iterator[Trial]:
    """Yield a loader for each place within a line that its first reader comes to.

    shares -- the other's ends with its own batch: one more, of what the first reads, would cover its traces
    """
    looking = Pinned(None, files)
    yield looking, shares, build()
    for place in looking.visited():
        yield Pinned(place, files), shares, build()


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
    tick: Tick,
) -> bool:
    """Try one after the other, record the first that differs, or the last, and say whether one does."""
    read: Optional[Subject] = None
    known: Dict[Optional[int], Event] = {}
    for baton, shares, subject in trials:
        trial = Recording(INTERLEAVED, subject.scenario, recording.identify)
        _read_interleaved(trial, subject, baton, shares)
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
    recording.facts["switches"] = [_told(baton.WHERE, *switch) for switch in baton.switches]
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


def _read_interleaved(trial: Recording, subject: Subject, baton: Baton, shares: Shares) -> None:
    """Let two readers read their batches, and record them all."""
    answers: List[Tuple[int, Callable[[], Any]]] = []

    def reader(indexes: Sequence[int]) -> Callable[[], None]:
        def read() -> None:
            # One by one: what comes in between is what is looked for.
            for index in indexes:
                answer = subject.answer(index)
                answers.append((index, answer))

        return read

    baton.run(list(map(reader, shares)))
    for index, answer in sorted(answers, key=lambda pair: pair[0]):
        trial.read("interleaved", 0, index, answer)


def _told(where: str, reader: int, file: str, line: int) -> str:
    code = linecache.getline(file, line).strip()
    return f"reader {reader} stops {where} {Path(file).name}:{line}: {code}"
