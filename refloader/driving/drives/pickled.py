"""Drives that send the loader, or its factory, to other processes."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

from refloader.contract.chapters.pickling import MOVED, UNPICKLED
from refloader.contract.chapters.shuffling import SEEDS_APART
from refloader.contract.drives import PICKLING, SEEDS
from refloader.contract.judging.parts import BUILT, HASH_SEEDS
from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.direct import drive, read_epochs, read_indexes, steps_of, undisturbed
from refloader.driving.observing.recording import Recording, Tick, describe
from refloader.driving.processes.elsewhere import elsewhere, unlike_here
from refloader.driving.processes.sending import dumps, loads
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.global_random import random_states, restore, seed_all

# The copies are compared on a few batches: the first, the last and some between.
COMPARED = 6
# The epoch in the middle of which a copy is made.
MID_EPOCH = 2
PROTOCOLS = tuple(range(2, pickle.HIGHEST_PROTOCOL + 1))


@undisturbed
def pickling(bench: Bench, scenario: Scenario, tick: Tick, fresh: bool) -> Ledger:  # noqa: FBT001
    """Pickle with every protocol and read the copies: here, elsewhere, and after the original."""
    with drive(PICKLING, bench, scenario, tick) as (recording, subject, samples):
        if subject is not None:
            pickles = _pickles(recording, subject)
            if pickles:
                _read_copies(recording, bench, subject, pickles, fresh=fresh)
                _read_unpickled(recording, bench, samples)
            else:
                recording.facts["unpicklable"] = _unpicklable(subject.loader)
                read_indexes(recording, subject, "original", 0, compared(steps_of(subject)))
    return recording.ledger()


def _pickles(recording: Recording, subject: Subject) -> List[bytes]:
    refused: Dict[int, str] = {}
    pickles: List[bytes] = []
    for protocol in PROTOCOLS:
        try:
            pickles.append(pickle.dumps(subject.loader, protocol))
        except Exception as error:  # noqa: BLE001 - whatever refuses is judged
            refused[protocol] = describe(error)
    recording.facts["refused"] = refused
    recording.facts["sizes"] = [len(data) for data in pickles]
    return pickles


def _read_copies(
    recording: Recording, bench: Bench, subject: Subject, pickles: List[bytes], *, fresh: bool
) -> None:
    # The original's indexes: a copy that forgot its samples would name none.
    indexes = compared(steps_of(subject))
    states = random_states()
    read_indexes(recording, subject, "original", 0, indexes)
    if subject.policy.kind == "sequence":
        # Before there is a copy, which may change what the original reads.
        read_indexes(recording, subject, "original twice", 0, indexes)
        restore(states)
    for data in pickles:
        if subject.policy.kind == "generator":
            # What draws from the global generators is told elsewhere; the copy is to draw the same.
            restore(states)
        _read_pickle(recording, subject, "copy", data, indexes)
    if subject.policy.kind != "sequence":
        return
    # Of a loader that gives something else each time, no copy can give the same.
    read_indexes(recording, subject, "original again", 0, indexes)
    if fresh:
        _read_elsewhere(recording, bench, pickles[-1], indexes)
    try:
        # What it has cached by now must not travel either.
        late = pickle.dumps(subject.loader, PROTOCOLS[-1])
        recording.facts["sizes"].append(len(late))
        # Nor may what it has noted of the batch that was read last, a short one.
        _read_pickle(recording, subject, "copy", late, indexes)
        _read_mid_epoch(recording, subject)
    except Exception as error:  # noqa: BLE001 - a loader may hold what cannot be pickled by now
        recording.facts["refused_later"] = describe(error)
    subject.loader = None
    gc.collect()
    _read_pickle(recording, subject, "orphan", pickles[-1], indexes)


def _read_pickle(
    recording: Recording, subject: Subject, phase: str, data: bytes, indexes: List[int]
) -> None:
    try:
        copy = Subject(pickle.loads(data), subject.scenario, subject.policy)  # noqa: S301 - made here
    except Exception as error:  # noqa: BLE001 - a copy that cannot be made is judged
        recording.add([Event(phase, 0, 0, error=describe(error), error_type=type(error).__name__)])
        return
    read_indexes(recording, copy, phase, 0, indexes)


def _read_mid_epoch(recording: Recording, subject: Subject) -> None:
    # What an iteration keeps on the loader must travel too, or stay behind: it is under way here.
    begun = iter(subject.loader)
    next(begun, None)
    pickle.dumps(subject.loader)
    _move_on(subject)
    steps = steps_of(subject)
    copies: List[Subject] = []
    for index in range(steps):
        if index in {steps // 2, steps - 1}:
            copy = pickle.loads(pickle.dumps(subject.loader))  # noqa: S301 - made here
            copies.append(Subject(copy, subject.scenario, subject.policy))
        recording.read_index("later epoch", MID_EPOCH, index, subject)
        for one in copies:
            recording.read_index("mid-epoch copy", MID_EPOCH, index, one)
    if subject.policy.seeded:
        states = random_states()
        _read_next(recording, subject, "next epoch")
        for one in copies:
            # What draws from the global generators is told elsewhere.
            restore(states)
            _read_next(recording, one, "next epoch of a copy")


def _move_on(subject: Subject) -> None:
    # Two, as a copy may know how the first order is drawn, or the last, and not what came between.
    for _ in range(MID_EPOCH):
        subject.hook("on_epoch_end")
        subject.hook("on_epoch_begin")


def _read_unpickled(recording: Recording, bench: Bench, samples: Samples) -> None:
    """Read the same epoch of a loader of which no copy was ever made, where a seed promises its order."""
    if bench.policy.kind == "sequence" and bench.policy.seeded:
        subject = bench.build(samples, recording.scenario)
        _move_on(subject)
        read_indexes(recording, subject, UNPICKLED, MID_EPOCH, range(steps_of(subject)))


def _read_next(recording: Recording, subject: Subject, phase: str) -> None:
    subject.hook("on_epoch_end")
    read_epochs(recording, subject, phase, [MID_EPOCH + 1])


def _read_elsewhere(recording: Recording, bench: Bench, data: bytes, indexes: List[int]) -> None:
    # The factory goes there unread: what is imported with it would be there for the copy.
    answer = elsewhere(
        unpickle_and_read, data, indexes, recording.scenario, bench.identify, dumps(bench)
    )
    if isinstance(answer, str):
        recording.facts["fresh_error"] = answer
    else:
        recording.add(answer)
        _read_built_again(recording, bench, indexes)


def _read_built_again(recording: Recording, bench: Bench, indexes: List[int]) -> None:
    # The one before hashed with the other seed.
    hash_seed = next(seed for seed in HASH_SEEDS if seed != unlike_here())
    answer = elsewhere(built_and_read, bench, indexes, recording.scenario, hash_seed=hash_seed)
    # What cannot be built there is told of by the drives that build it there.
    if not isinstance(answer, str):
        recording.add(answer)


def unpickle_and_read(
    data: bytes, indexes: List[int], scenario: Scenario, identify: Any, bench: bytes
) -> List[Event]:
    """Unpickle a loader and read it, and then one that is built there (run in a fresh process)."""
    recording = Recording("fresh process", scenario, identify)
    loader = pickle.loads(data)  # noqa: S301 - made by the parent, of the user's own loader
    for index in indexes:
        recording.read("fresh process", 0, index, lambda: loader[index])  # noqa: B023
    # That it can be built is shown already, by the original.
    with contextlib.suppress(Exception):
        recording.add(built_and_read(loads(bench), indexes, scenario))
    with _moved():
        for index in indexes[:1]:
            recording.read(MOVED, 0, index, lambda: loader[index])  # noqa: B023
    return list(recording.ledger().events)


@contextlib.contextmanager
def _moved() -> Iterator[None]:
    """Work in another folder for a while, so deep that no relative path leads to where it led before."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as top:
        deeper = Path(top, *here.parts[1:])
        deeper.mkdir(parents=True, exist_ok=True)
        os.chdir(deeper)
        try:
            yield
        finally:
            os.chdir(here)


def built_and_read(bench: Bench, indexes: List[int], scenario: Scenario) -> List[Event]:
    """Build the loader and read it (run in a fresh process, whose hash seed names the phase)."""
    recording = Recording("fresh process", scenario, bench.identify)
    with bench.samples(scenario) as samples:
        subject = bench.build(samples, scenario)
        read_indexes(recording, subject, BUILT.format(os.environ["PYTHONHASHSEED"]), 0, indexes)
    return list(recording.ledger().events)


def compared(steps: int) -> List[int]:
    """Return the indexes at which copies are compared."""
    chosen = {*range(min(steps, COMPARED - 1)), steps - 1}
    return sorted(index for index in chosen if index >= 0)


def _unpicklable(loader: Any) -> Dict[str, str]:
    """Return the attributes that refuse to be pickled, with the error of each."""
    refusing: Dict[str, str] = {}
    for name, value in getattr(loader, "__dict__", {}).items():
        try:
            pickle.dumps(value)
        except Exception as error:  # noqa: BLE001 - any refusal counts
            refusing[name] = describe(error)
    return refusing


def seeds(bench: Bench, scenario: Scenario, tick: Tick, fresh: bool) -> Ledger:  # noqa: FBT001
    """Build the loader twice with one seed, in this and in a fresh process, and with another."""
    with drive(SEEDS, bench, scenario, tick) as (recording, subject, samples):
        epochs = range(scenario.epochs)
        if subject is not None:
            _read_in_turn(recording, subject, lambda: bench.build(samples, scenario))
            for apart in SEEDS_APART:
                # One of nine digits may be too large for what a factory makes of it.
                with contextlib.suppress(*([ValueError, OverflowError] if apart > 1 else [])):
                    other = bench.build(samples, scenario, seed=scenario.seed + apart)
                    read_epochs(recording, other, f"seed {apart} more", epochs)
            if fresh:
                answer = elsewhere(build_and_read, bench, scenario)
                if isinstance(answer, str):
                    recording.facts["fresh_error"] = answer
                else:
                    recording.add(answer)
    return recording.ledger()


def _read_in_turn(recording: Recording, subject: Subject, build: Callable[[], Subject]) -> None:
    """Read two loaders of one seed, an epoch of each in turn, as those of training and validation are.

    Each finds the process-wide generators as it has left them, as if it were alone: that a loader
    draws from those is another requirement's.
    """
    left = {"seed": (subject, random_states())}
    seed_all(recording.scenario.seed + 1)
    left["same seed"] = build(), random_states()
    for epoch in range(recording.scenario.epochs):
        for phase, (loader, states) in left.items():
            restore(states)
            read_epochs(recording, loader, phase, [epoch])
            left[phase] = loader, random_states()


def build_and_read(bench: Bench, scenario: Scenario) -> List[Event]:
    """Build the loader from the same seed and read its epochs (run in a fresh process)."""
    recording = Recording("fresh process", scenario, bench.identify)
    with bench.samples(scenario) as samples:
        subject = bench.build(samples, scenario)
        read_epochs(recording, subject, "same seed, fresh process", range(scenario.epochs))
    return list(recording.ledger().events)
