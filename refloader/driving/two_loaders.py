"""The drive in which several loaders live at a time, as for training and for validation."""

from __future__ import annotations

import contextlib
import dataclasses
from itertools import count
from typing import Any, Iterator, List

from refloader.contract.drives import TWO_LOADERS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.direct import drive, steps_of
from refloader.driving.part import Part
from refloader.driving.recording import Recording, Tick
from refloader.driving.samples import Samples
from refloader.driving.subject import Bench, Subject

ALONE, BESIDE = "alone", "beside others"
#: Epochs that are read while others are read too: a hook of another falls into each.
EPOCHS = 3


def two_loaders(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read some epochs of one loader alone, and then of a new one in turn with others, batch by batch."""
    with drive(TWO_LOADERS, bench, scenario, tick) as (recording, subject, samples):
        if subject is not None:
            _read(recording, subject, ALONE, iter(()))
            one, *others = _more(bench, samples, subject) or [subject]
            recording.facts["others"] = len(others)
            streams = [_endless(other) for other in others]
            if streams:
                turns = (next(streams[number % len(streams)]) for number in count())
                _read(recording, one, BESIDE, turns)
    return recording.ledger()


def _more(bench: Bench, samples: Samples, subject: Subject) -> List[Subject]:
    """Build two more loaders over the same samples, and one over a half of them where they can be split."""
    half, found = len(samples) // 2, []
    parts: List[Any] = [samples, samples]
    if half and "directory" not in samples.used:
        parts.append(Part(samples, 0, half))
    for part in parts:
        # That it can be built is shown already; that several of it can live is judged by what they deliver.
        with contextlib.suppress(Exception):
            other = bench.build(part, dataclasses.replace(subject.scenario, n=len(part)))
            # A ready loader is not built anew.
            found += [other] if other.loader is not subject.loader else []
    return found


def _read(recording: Recording, subject: Subject, phase: str, turns: Iterator[Any]) -> None:
    for epoch in range(EPOCHS):
        subject.hook("on_epoch_begin")
        for index in range(steps_of(subject)):
            recording.read(phase, epoch, index, lambda: subject.read(index))  # noqa: B023
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
