"""The drive that reads the same batches again: in every order, and after they were written into."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from typing import Any, List

import numpy as np

from refloader.contract.drives import REREADS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.direct import drive, steps_of
from refloader.driving.observe import arrays_of, observe
from refloader.driving.part import Part
from refloader.driving.recording import Recording, Tick
from refloader.driving.samples import Samples
from refloader.driving.subject import Bench, Subject


def rereads(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read the batches of one epoch forwards, twice, backwards, mixed, after writing; and the last first.

    A generator has no index: of it, epochs are taken before and after writing.
    """
    with drive(REREADS, bench, scenario, tick) as (recording, subject, samples):
        if subject is not None and bench.policy.kind == "generator":
            _written_stream(recording, subject, samples)
        elif subject is not None:
            steps = steps_of(subject)
            mixed = random.Random(scenario.seed).sample(range(steps), steps)  # noqa: S311
            raws = [_reread(recording, subject, "forward", index) for index in range(steps)]
            for index in range(steps):
                # The first of the pair only sets the stage: what counts is the read right after.
                with contextlib.suppress(Exception):
                    subject.read(index)
                _reread(recording, subject, "at once again", index)
            for index in reversed(range(steps)):
                _reread(recording, subject, "backward", index)
            for index in mixed:
                _reread(recording, subject, "mixed", index)
            _last_first(recording, bench, samples, scenario)
            _write_into(raws, recording, samples)
            for index in range(steps):
                _reread(recording, subject, "after writing", index)
            # At the very end: a factory may write its data to one and the same file each time.
            first = scenario.n // 2
            recording.facts["second loader from"] = first
            if not samples.changed():
                recording.facts["foreign"] = _foreign(bench, subject, samples, scenario, first)
    return recording.ledger()


def _written_stream(recording: Recording, subject: Subject, samples: Samples) -> None:
    """Take some epochs of a generator, write into all their batches, and take one more."""
    steps, epochs = range(steps_of(subject)), recording.scenario.epochs
    raws = [
        recording.read("before writing", epoch, index, lambda: subject.read(index))  # noqa: B023
        for epoch in range(epochs)
        for index in steps
    ]
    _write_into(raws, recording, samples)
    for index in steps:
        recording.read("after writing", epochs, index, lambda: subject.read(index))  # noqa: B023


def _last_first(recording: Recording, bench: Bench, samples: Samples, scenario: Scenario) -> None:
    """Read the last batch of a new loader before any other: a worker's first is seldom batch 0."""
    # That it can be built is shown already; that two of it can live is no requirement.
    with contextlib.suppress(Exception):
        other = bench.build(samples, scenario)
        last = steps_of(other) - 1
        if last > 0:
            _reread(recording, other, "last first", last)


def _foreign(
    bench: Bench, subject: Subject, samples: Samples, scenario: Scenario, first: int
) -> List[int]:
    """Return what a second loader, over the samples from `first` on, has from this one, which lives."""
    found: List[int] = []
    with contextlib.suppress(Exception):
        rest: Any = Part(samples, first)
        other = bench.build(rest, dataclasses.replace(scenario, n=len(rest)))
        # A folder cannot be split, and a ready loader is not built anew.
        if "directory" not in samples.used and other.loader is not subject.loader:
            for index in range(steps_of(other)):
                found += [
                    one for one in observe(other.read(index), bench.identify).ids if one is not None
                ]
    return sorted({one for one in found if one < first})


def _reread(recording: Recording, subject: Subject, phase: str, index: int) -> Any:
    return recording.read(phase, 0, index, lambda: subject.read(index))


def _write_into(raws: List[Any], recording: Recording, samples: Samples) -> None:
    """Write zeros into delivered batches, and note which data of the samples that changed."""
    recording.look_again()
    modified = recording.facts["changed_inputs"] = samples.changed()
    for raw in raws:
        for _, array in arrays_of(raw, ""):
            if (
                isinstance(array, np.ndarray)
                and array.flags.writeable
                and array.dtype.kind in "biuf"
            ):
                array[...] = 0
    recording.facts["changed_by_writing"] = [
        name for name in samples.changed() if name not in modified
    ]
