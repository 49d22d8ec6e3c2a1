"""The drive in which several loaders live at a time, as for training and for validation."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import replace
from itertools import count
from typing import Any, Iterator, List, Optional, Sequence

from refloader.contract.chapters.passes import ALONE, BESIDE, BESIDE_UNLIKE
from refloader.contract.drives import TWO_LOADERS
from refloader.contract.judging.questions import HALVES
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.data.part import Part
from refloader.driving.data.samples import Samples
from refloader.driving.drives.direct import drive, steps_of
from refloader.driving.observing.recording import Recording, Tick, describe
from refloader.driving.subject import Bench, Subject

HALF_ALONE, HALF_BESIDE = HALVES
#: What a loader is built for beside another one: as of validation, all is of another size.
UNLIKE = Scenario(7, 3, seed=23, classes=4)
#: Epochs that are read while others are read too: a hook of another falls into each.
EPOCHS_BESIDE = 3
#: What a loader does alone by chance, such as a stream whose epochs run into each other, shows in these.
ALONE_EPOCHS = 12


def two_loaders(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read some epochs of one loader alone, and then of a new one in turn with others, batch by batch."""
    with drive(TWO_LOADERS, bench, scenario, tick) as (recording, subject, samples):
        if subject is not None:
            _read(recording, subject, ALONE, iter(()), ALONE_EPOCHS)
            half = len(samples) // 2
            parts = [Part(samples, 0, half), Part(samples, half, 2 * half)]
            # A folder cannot be split.
            split = bool(half) and "directory" not in samples.used
            loaders = _built(bench, subject, [samples, samples])
            recording.facts["refusal"] = None if loaders else _refusal(bench, scenario)
            others = [*loaders[1:], *_built(bench, subject, parts[:split])] if loaders else []
            recording.facts["others"] = len(others)
            if others:
                _read(recording, loaders[0], BESIDE, _in_turn(others))
                _read_beside_unlike(recording, bench, subject, samples)
            if split:
                recording.facts["half"] = half
                _read_halves(recording, bench, subject, parts)
    return recording.ledger()


def _read_halves(recording: Recording, bench: Bench, subject: Subject, parts: List[Part]) -> None:
    """Do the same with two loaders that only their samples tell apart: they are of one size."""
    for alone in _built(bench, subject, parts[:1]):
        _read(recording, alone, HALF_ALONE, iter(()), ALONE_EPOCHS)
    halves = _built(bench, subject, parts)
    if len(halves) == len(parts):
        _read(recording, halves[0], HALF_BESIDE, _in_turn(halves[1:]))


def _read_beside_unlike(
    recording: Recording, bench: Bench, subject: Subject, samples: Samples
) -> None:
    """Do the same beside one that is built when a batch was read, and has nothing but its factory in common."""
    scenario = replace(UNLIKE, classes=2) if bench.policy.classes == "two" else UNLIKE
    with bench.samples(scenario) as others:

        def later() -> Iterator[Any]:
            yield
            with contextlib.suppress(Exception):
                yield from _in_turn([bench.build(others, scenario)])

        for loader in _built(bench, subject, [samples]):
            _read(recording, loader, BESIDE_UNLIKE, later())


def _built(bench: Bench, subject: Subject, parts: Sequence[Any]) -> List[Subject]:
    """Build a loader over each of these; what cannot be built is left out.

    A factory may give one and the same each time: then that is what is read for training and validation.
    """
    built: List[Subject] = []
    for part in parts:
        with contextlib.suppress(Exception):
            built.append(bench.build(part, replace(subject.scenario, n=len(part))))
    return built


def _refusal(bench: Bench, scenario: Scenario) -> Optional[str]:
    """Say what a factory raises when it is called once more with samples whose first loader is gone."""
    with bench.samples(scenario) as samples:
        bench.build(samples, scenario)
        gc.collect()
        try:
            bench.build(samples, scenario)
        except Exception as error:  # noqa: BLE001 - whatever a factory raises is told
            return describe(error)
    return None


def _in_turn(others: List[Subject]) -> Iterator[Any]:
    """Read a batch of one of these, and then of the next, for ever."""
    streams = [_endless(other) for other in others]
    return (next(streams[number % len(streams)]) for number in count())


def _read(
    recording: Recording,
    subject: Subject,
    phase: str,
    turns: Iterator[Any],
    epochs: int = EPOCHS_BESIDE,
) -> None:
    for epoch in range(epochs):
        subject.hook("on_epoch_begin")
        for index in range(steps_of(subject)):
            recording.read_index(phase, epoch, index, subject)
            next(turns, None)
        subject.hook("on_epoch_end")


def _endless(subject: Subject) -> Iterator[None]:
    """Read one batch, or call the hooks between two epochs, each time that it is asked to."""
    while True:
        subject.hook("on_epoch_begin")
        for index in range(steps_of(subject)):
            # Over a part of the samples it may lack a class, say: what is judged is the loader beside it.
            with contextlib.suppress(Exception):
                subject.read(index)
            yield
        subject.hook("on_epoch_end")
        yield
