"""The drive that reads the same batches again: in every order, and after they were written into."""

from __future__ import annotations

import contextlib
import random
from typing import Any, List, Tuple

import numpy as np

from refloader.contract.drives import REREADS
from refloader.contract.ledger import Batch, Ledger, Scenario
from refloader.driving.data.part import Part
from refloader.driving.data.samples import Samples
from refloader.driving.drives.direct import built_anew, drive, iterate, read_epochs, steps_of
from refloader.driving.observing.nest import arrays_of
from refloader.driving.observing.observe import observe
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject

#: Reads of one batch, of which each is to be drawn apart from those before it.
OVER_AND_OVER = 32


def rereads(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read the batches of an epoch forwards, twice, backwards, mixed, after writing; the last first; iterate.

    A generator has no index: of it, epochs are taken before and after writing.
    """
    with drive(REREADS, bench, scenario, tick) as (recording, subject, samples):
        if subject is not None and bench.policy.kind == "generator":
            _written_stream(recording, subject, samples)
        elif subject is not None:
            # What counts epochs is as if it did not in the first of them.
            epoch = max(0, scenario.epochs - 2)
            read_epochs(recording, subject, "earlier", range(epoch))
            raws = _in_every_order(recording, subject, epoch)
            # What is not augmented has equal bytes each time, or is told of by that already.
            for _ in range(OVER_AND_OVER if bench.policy.augment and raws else 0):
                _reread(recording, subject, "over and over", 0, epoch)
            # Before more loaders are built: their factory may write files of its own each time.
            recording.facts["changed_files"] = samples.changed_files()
            _write_into(raws, recording, samples)
            for index in range(len(raws)):
                _reread(recording, subject, "after writing", index, epoch)
            # A factory that shuffles what it was given changes the loaders that it made before.
            if not samples.changed():
                _last_first(recording, bench, samples, scenario)
            _write_into_iterated(recording, bench, samples, scenario)
            # At the very end: a factory may write its data to one and the same file each time.
            if not samples.changed():
                _read_halves(recording, bench, subject, samples)
    return recording.ledger()


def _in_every_order(recording: Recording, subject: Subject, epoch: int) -> List[Any]:
    """Read the batches forwards, each twice in a row, backwards and mixed; return the first ones."""
    steps = range(steps_of(subject))
    raws = [_reread(recording, subject, "forward", index, epoch) for index in steps]
    for index in steps:
        # The first of the pair only sets the stage: what counts is the read right after.
        with contextlib.suppress(Exception):
            subject.read(index)
        _reread(recording, subject, "at once again", index, epoch)
    for index in reversed(steps):
        _reread(recording, subject, "backward", index, epoch)
    mixed = random.Random(recording.scenario.seed).sample(steps, len(steps))  # noqa: S311
    # What is past the end changes nothing of what is before it, and to ask for the length changes nothing.
    with contextlib.suppress(Exception):
        subject.read(10 * len(steps) + 7)
    for index in mixed:
        with contextlib.suppress(Exception):
            subject.length()
        _reread(recording, subject, "mixed", index, epoch)
    return raws


def _written_stream(recording: Recording, subject: Subject, samples: Samples) -> None:
    """Take some epochs of a generator, write into all their batches, and take one more."""
    steps, epochs = range(steps_of(subject)), recording.scenario.epochs
    raws = [
        recording.read_index("before writing", epoch, index, subject)
        for epoch in range(epochs)
        for index in steps
    ]
    _write_into(raws, recording, samples)
    for index in steps:
        recording.read_index("after writing", epochs, index, subject)


def _write_into_iterated(
    recording: Recording, bench: Bench, samples: Samples, scenario: Scenario
) -> None:
    """Write into the batches that iterating over a new loader gives, and iterate over it again."""
    # That it can be built is shown already; a pass that another loader is in may well be its own.
    with contextlib.suppress(Exception):
        other = bench.build(samples, scenario)
        most = steps_of(other)
        raws = iterate(recording, other, "iterated", 0, most)
        _write_into(raws, recording, samples)
        iterate(recording, other, "iterated again", 1, most)


def _last_first(recording: Recording, bench: Bench, samples: Samples, scenario: Scenario) -> None:
    """Read the last batch of a new loader before any other: a worker's first is seldom batch 0."""
    # That it can be built is shown already; that two of it can live is no requirement.
    with contextlib.suppress(Exception):
        other = bench.build(samples, scenario)
        last = steps_of(other) - 1
        if last > 0:
            _reread(recording, other, "last first", last)


def _read_halves(recording: Recording, bench: Bench, subject: Subject, samples: Samples) -> None:
    """Note what loaders over a half of the samples deliver: rows of the rest, and how they encode y.

    The halves are of one size, and the loader over all of them lives: three that could be taken for
    one another. What the user's own identify says of a row may count from the beginning of each.
    """
    foreign: List[Tuple[int, int, int]] = []
    encoded: List[Tuple[int, int, List[Tuple[int, Any]]]] = []
    recording.facts.update(foreign=foreign, encoded=encoded)
    half = len(samples) // 2
    # A folder cannot be split.
    if not half or bench.identify is not None or "directory" in samples.used:
        return
    for begin in (len(samples) - half, 0):
        own = range(begin, begin + half)
        part = Part(samples, begin, begin + half)
        batches = _read_part(bench, subject, part)
        read = {one for batch in batches for one in batch.ids if one is not None}
        foreign += [(one, own[0], own[-1]) for one in sorted(read.difference(own))]
        encoded.append((own[0], own[-1], _targets(batches, own)))


def _read_part(bench: Bench, subject: Subject, part: Any) -> List[Batch]:
    found: List[Batch] = []
    other = built_anew(bench, part, subject)
    if other is None:
        return found
    # That two of it can live is no requirement; what was read before an error is kept.
    with contextlib.suppress(Exception):
        steps = range(steps_of(other))
        found.extend(observe(other.read(index), bench.identify) for index in steps)
    return found


def _targets(batches: List[Batch], own: range) -> List[Tuple[int, Any]]:
    """Return (sample, y) of each row that has weight."""
    return [
        (sample, batch.targets[row])
        for batch in batches
        for row, sample in enumerate(batch.ids if batch.targets else ())
        if sample is not None and sample in own and batch.weight(row)
    ]


def _reread(recording: Recording, subject: Subject, phase: str, index: int, epoch: int = 0) -> Any:
    return recording.read_index(phase, epoch, index, subject)


def _write_into(raws: List[Any], recording: Recording, samples: Samples) -> None:
    """Write zeros into batches, ones where all is zero, and note which data of the samples that changed."""
    recording.look_again()
    modified = samples.changed()
    recording.facts.setdefault("changed_inputs", modified)
    arrays = [array for raw in raws for _, array in arrays_of(raw, "") if _is_writeable(array)]
    # All are looked at before: one that several batches share would be written to and fro.
    blank = [(array == np.zeros((), array.dtype)).all() for array in arrays]
    for array, empty in zip(arrays, blank):
        array[...] = (np.ones if empty else np.zeros)((), array.dtype)
    changed = [name for name in samples.changed() if name not in modified]
    recording.facts.setdefault("changed_by_writing", []).extend(changed)


def _is_writeable(array: Any) -> bool:
    plain = isinstance(array, np.ndarray) and not array.dtype.hasobject
    return plain and bool(array.flags.writeable)
