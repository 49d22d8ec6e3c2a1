"""What drives are made of: a loader is built, read in this thread, and what goes with that is noted."""

from __future__ import annotations

import contextlib
import functools
import pickle
import sys
import threading
import time
from dataclasses import replace
from typing import Any, Callable, Iterable, Iterator, List, Optional, Tuple, TypeVar, cast

from refloader.contract.drives import EMPTY, EPOCHS, REREADS
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
from refloader.driving.surroundings.global_random import moved_on, random_states, seed_all
from refloader.driving.surroundings.process_state import apart_from_imports, changes, look
from refloader.errors import is_full

# How far iteration may run past the length before it counts as endless.
TOO_MANY = 3
#: In the middle of so many batches a loader's own threads are let run ahead for so long, as beside a step of
#: training: one that drops what its queue has no room for does it then.
MANY_BATCHES, STEP_SECONDS = 24, 1.0
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
        subject = _built(recording, bench, samples)
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


def _built(recording: Recording, bench: Bench, samples: Samples) -> Optional[Subject]:
    try:
        return bench.build(samples, recording.scenario)
    except Exception as error:
        if is_full(error):
            raise
        recording.build_error = describe(error)
        if recording.driver == EMPTY:
            # Nobody else asks, and it looks a line up in its file.
            recording.facts["refused in words"] = is_refusal(error)
    return None


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


def take_a_step(recording: Recording, steps: int) -> None:
    """Wait where there are threads of the loader's own, and batches that they may run ahead to."""
    if steps >= MANY_BATCHES and threading.active_count() > recording.threads:
        time.sleep(STEP_SECONDS)
        recording.facts["waited"] = STEP_SECONDS


def read_indexes(
    recording: Recording, subject: Subject, phase: str, epoch: int, indexes: Iterable[int]
) -> None:
    """Read these batches, in this order."""
    for index in indexes:
        recording.read_index(phase, epoch, index, subject)


def read_epochs(recording: Recording, subject: Subject, phase: str, numbers: Iterable[int]) -> None:
    """Read every index of these epochs, with the hooks in between, under the name of a phase."""
    for epoch in numbers:
        subject.hook("on_epoch_begin")
        read_indexes(recording, subject, phase, epoch, range(steps_of(subject)))
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


def iterate(recording: Recording, subject: Subject, phase: str, epoch: int, most: int) -> List[Any]:
    """Take batches until there are no more, or one fails; return them."""
    iterator, raws = subject.iterator(), []  # type: Any, List[Any]
    for number in range(most):
        if number == 1 and phase == ITERATED[0]:
            take_a_step(recording, most)
        try:
            raw = recording.read(phase, epoch, None, lambda: next(iterator))
        except StopIteration:
            return raws
        if raw is None:
            return raws
        raws.append(raw)
    return raws
