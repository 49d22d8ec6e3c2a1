"""Drives that read a loader directly, in this thread."""

from __future__ import annotations

import contextlib
import functools
import pickle
import sys
import threading
import time
from dataclasses import replace
from typing import Any, Callable, Iterable, Iterator, List, Optional, Tuple, TypeVar, cast

import psutil

from refloader.contract.drives import EMPTY, EPOCHS, ITERATION, REREADS, SHUFFLES, UNIFORM
from refloader.contract.judging.questions import ITERATED
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.observing.recording import (
    Recording,
    Tick,
    describe,
    is_refusal,
    no_progress,
    note_samples,
)
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.children import below
from refloader.driving.surroundings.global_random import moved_on, random_states, seed_all
from refloader.driving.surroundings.process_state import apart_from_imports, changes, look
from refloader.errors import is_full

#: Epochs that are iterated over after others were read by index.
EPOCHS_ITERATED = 3
# How far iteration may run past the length before it counts as endless.
TOO_MANY = 3
#: In the middle of so many batches a loader's own threads are let run ahead for so long, as beside a step of
#: training: one that drops what its queue has no room for does it then.
MANY_BATCHES, STEP_SECONDS = 24, 1.0
#: Epochs that are read of loaders with worker processes of their own, of however many are planned.
FEW_EPOCHS = 12
# What is noted of things that belong to the whole process.
OF_THE_PROCESS = (
    "global_rng",
    "global_rng_built",
    "process",
    "process_built",
    "process_broken",
)
# The drives at whose end the image files are compared: enough to see what becomes of them.
COMPARING = (EPOCHS, REREADS)


_Drive = TypeVar("_Drive", bound=Callable[..., Ledger])


@contextlib.contextmanager
def drive(
    driver: str, bench: Bench, scenario: Scenario, tick: Tick = no_progress
) -> Iterator[Tuple[Recording, Optional[Subject], Samples]]:
    """Build the subject of a drive and note what every drive notes.

    The subject is None where the factory raised; the error is in the recording then.
    """
    recording = Recording(driver, scenario, bench.identify, tick)
    seed_all(scenario.seed)
    with bench.samples(scenario) as samples:
        before, process = random_states(), look()
        subject = None
        try:
            subject = bench.build(samples, scenario)
        except Exception as error:
            if is_full(error):
                raise
            recording.build_error = describe(error)
            if driver == EMPTY:
                # Nobody else asks, and it looks a line up in its file.
                recording.facts["refused in words"] = is_refusal(error)
        samples.note_added_files()
        built, process_built = random_states(), look()
        yield recording, subject, samples
        recording.look_again()
        recording.facts["global_rng"] = moved_on(built, random_states())
        recording.facts["global_rng_built"] = moved_on(before, built)
        recording.facts["process"] = changes(process_built, look())
        recording.facts["process_built"] = changes(process, process_built)
        recording.facts.setdefault("changed_inputs", samples.changed())
        if driver in COMPARING:
            recording.facts.setdefault("changed_files", samples.changed_files())
        note_samples(recording, samples)


@contextlib.contextmanager
def undone(recording: Recording) -> Iterator[None]:
    """Note what of the whole process is otherwise afterwards, by building or by reading."""
    states, process = random_states(), look()
    yield
    recording.facts["global_rng"] = moved_on(states, random_states())
    recording.facts["process"] = changes(process, look())


def undisturbed(driven: _Drive) -> _Drive:
    """Have a drive made once more if a module was imported in it that drew or set something.

    What a module draws or sets when it is first imported, as TensorFlow does, is not the loader's doing.
    """

    @functools.wraps(driven)
    def made(*settings: Any, **named: Any) -> Ledger:
        imported, before = set(sys.modules), look()
        ledger: Ledger = driven(*settings, **named)
        if any(map(ledger.facts.get, OF_THE_PROCESS)) and sys.modules.keys() - imported:
            with apart_from_imports(before):
                return driven(*settings, **named)
        return ledger

    return cast("_Drive", made)


@undisturbed
def epochs(bench: Bench, scenario: Scenario, tick: Tick, driver: str = EPOCHS) -> Ledger:
    """Read every index in order, epoch after epoch, with the hooks in between."""
    with drive(driver, bench, scenario, tick) as (recording, subject, _):
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


def uniform(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Do the same over very many epochs of very few samples."""
    return epochs(bench, scenario, tick, driver=UNIFORM)


def _every_epoch(recording: Recording, subject: Optional[Subject]) -> None:
    for epoch in range(recording.scenario.epochs if subject is not None else 0):
        # To start workers anew for each of very many epochs takes minutes.
        if epoch == FEW_EPOCHS and recording.driver == EPOCHS and below(psutil.Process()):
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
            _take_a_step(recording, steps)
    if indexed:
        recording.length(f"after epoch {epoch}", subject.length)
    subject.hook("on_epoch_end")


def _take_a_step(recording: Recording, steps: int) -> None:
    """Wait where there are threads of the loader's own, and batches that they may run ahead to."""
    if steps >= MANY_BATCHES and threading.active_count() > recording.threads:
        time.sleep(STEP_SECONDS)
        recording.facts["waited"] = STEP_SECONDS


def read_epochs(recording: Recording, subject: Subject, phase: str, numbers: Iterable[int]) -> None:
    """Read every index of these epochs, with the hooks in between, under the name of a phase."""
    for epoch in numbers:
        subject.hook("on_epoch_begin")
        for index in range(steps_of(subject)):
            recording.read_index(phase, epoch, index, subject)
        subject.hook("on_epoch_end")


def built_anew(
    bench: Bench, samples: Any, subject: Subject, shard: Tuple[int, int] = (0, 1)
) -> Optional[Subject]:
    """Build one more loader, over these samples; None where that fails, or gives the same ready loader.

    That one can be built is shown already; that several of it can live is judged by what they deliver.
    """
    with contextlib.suppress(Exception):
        other = bench.build(samples, replace(subject.scenario, n=len(samples)), shard=shard)
        return None if other.loader is subject.loader else other
    return None


def copied(subject: Subject) -> Optional[Subject]:
    """Return a subject over a pickled copy of the loader; None where that is others' concern."""
    with contextlib.suppress(Exception):
        loader = pickle.loads(pickle.dumps(subject.loader))  # noqa: S301 - made here
        return type(subject)(loader, subject.scenario, subject.policy)
    return None


def steps_of(subject: Subject) -> int:
    """Return the batches to read: what the loader says, within reason; none where len() fails."""
    try:
        return min(subject.steps(), 4 * subject.scenario.n + 4)
    except Exception:  # noqa: BLE001 - len() is judged by what Recording.length noted
        return 0


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


def iterate(recording: Recording, subject: Subject, phase: str, epoch: int, most: int) -> List[Any]:
    """Take batches until there are no more, or one fails; return them."""
    iterator, raws = subject.iterator(), []  # type: Any, List[Any]
    for number in range(most):
        if number == 1 and phase == ITERATED[0]:
            _take_a_step(recording, most)
        try:
            raw = recording.read(phase, epoch, None, lambda: next(iterator))
        except StopIteration:
            return raws
        if raw is None:
            return raws
        raws.append(raw)
    return raws


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
