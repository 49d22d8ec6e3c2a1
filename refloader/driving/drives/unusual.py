"""Drives over data sets that a loader is seldom tried out with. What it cannot build or read is not asked."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Callable, List, Optional

import numpy as np
from PIL import Image

from refloader.contract.drives import (
    BLANK_SAMPLE,
    MANY_CLASSES,
    NAMED_TWICE,
    RELABELLED,
    WIDE_PICTURES,
)
from refloader.contract.judging.leaks import LABELLINGS
from refloader.contract.judging.questions import errors
from refloader.contract.judging.scales import FAINT
from refloader.contract.ledger import AT_ONCE, Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.direct import read_epochs
from refloader.driving.observing.blank_rows import without_blanks
from refloader.driving.observing.observe import corrected
from refloader.driving.observing.picture_shapes import channel_axis
from refloader.driving.observing.recording import Recording, Tick, note_samples
from refloader.driving.relabelling import with_other_labels
from refloader.driving.subject import Bench
from refloader.driving.surroundings.global_random import seed_all

#: (height, width) in pixels.
WIDE = (32, 34)
MIDDLE = 127  # of 255


def blank_sample(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read an epoch of which one sample is nothing but zeros, as a lens cap or a silence leave it.

    It has no identity left: what becomes of its values is asked, of the labels of the others, and of their
    values beside it.
    """
    recording = Recording(BLANK_SAMPLE, scenario, corrected(bench.identify, without_blanks), tick)
    # Each time of samples that no loader has had: one may lock its arrays.
    recording.facts["fails anyway"] = _failing(bench, scenario)
    _faint(recording, bench)
    with bench.samples(scenario) as samples:
        sample = scenario.seed % scenario.n
        blank(samples, sample)
        recording.facts.update(blank=sample, file=Path(samples.paths[sample]).name)
        _one_epoch(recording, bench, samples)
        _one_batch(recording, bench, samples)
        note_samples(recording, samples)
    return recording.ledger()


def _faint(recording: Recording, bench: Bench) -> None:
    """Read an epoch in which one picture has almost no contrast, and another half of it."""
    with bench.samples(recording.scenario) as samples:
        # Values of 0 and 1 are others in a JPEG.
        files = sorted(range(len(samples)), key=lambda one: not samples.paths[one].endswith(".png"))
        if not files[1:]:
            return
        faint, half = files[:2]
        _redrawn(samples, half, lambda pixels: pixels // 2)
        _redrawn(samples, faint, lambda pixels: (pixels > MIDDLE).astype(np.uint8))
        recording.facts.update({"half": half, FAINT: faint})
        _one_epoch(recording, bench, samples, FAINT)


def _redrawn(samples: Samples, sample: int, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change the pixels of a picture, in memory and in its file."""
    samples.images[sample] = change(samples.images[sample])
    path = samples.paths[sample]
    with Image.open(path) as picture:
        drawn = Image.fromarray(change(np.asarray(picture)), picture.mode)
        drawn.save(path, picture.format, quality=100)


def _failing(bench: Bench, scenario: Scenario) -> List[Optional[int]]:
    """Return the batches that cannot be read of these samples as they are."""
    sound = Recording(BLANK_SAMPLE, scenario, bench.identify)
    with bench.samples(scenario) as samples:
        _one_epoch(sound, bench, samples)
    return [event.index for event in errors(sound.ledger().events)]


def _one_batch(recording: Recording, bench: Bench, samples: Samples) -> None:
    """Read all samples at once: what is computed over a batch is another there, as one of them is blank."""
    everything = replace(recording.scenario, batch_size=len(samples))
    seed_all(recording.scenario.seed)
    with contextlib.suppress(Exception):
        read_epochs(recording, bench.build(samples, everything), AT_ONCE, range(1))


def blank(samples: Samples, sample: int) -> None:
    """Make a sample nothing but zeros, whichever way it is read: its vector, its picture and its file."""
    samples.arrays.x[sample] = 0
    samples.images[sample] = 0
    path = samples.paths[sample]
    with Image.open(path) as picture:
        black = Image.new(picture.mode, picture.size)
        black.save(path, picture.format)


def many_classes(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read an epoch of more classes than a byte has values."""
    recording = Recording(MANY_CLASSES, scenario, bench.identify, tick)
    with bench.samples(scenario) as samples:
        _one_epoch(recording, bench, samples)
        note_samples(recording, samples)
    return recording.ledger()


def named_twice(bench: Bench, scenario: Scenario, tick: Tick, kind: str) -> Ledger:
    """Read an epoch of a table in which two rows name the same file, as one that is balanced has them.

    kind -- what the loader was seen to read: "frame" or "image-files"
    """
    first = scenario.seed % (scenario.n - 1)
    # Who tells the rows apart is to tell the same as who looks at the pictures.
    identify = corrected(
        bench.identify, lambda _, ids: [first if one == first + 1 else one for one in ids]
    )
    recording = Recording(NAMED_TWICE, scenario, identify, tick)
    with bench.samples(scenario) as samples:
        _name_twice(samples, first, frame=kind == "frame")
        samples.used.clear()
        _one_epoch(recording, bench, samples)
        # The picture shows the first row; how often it comes tells of both. A folder lists it once.
        if samples.asked_for_files and "directory" not in samples.used:
            note_samples(recording, samples)
            recording.facts["alike"] = {first: 2}
            return recording.ledger()
    return Recording(NAMED_TWICE, scenario).ledger()


def _name_twice(samples: Samples, first: int, *, frame: bool) -> None:
    for column in (samples.paths, samples.labels):
        column[first + 1] = column[first]
    if frame:
        samples.frame["path"], samples.frame["label"] = samples.paths, samples.labels


def wide_pictures(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read an epoch of pictures whose rows and columns are not as many; only what are pictures then is kept.

    They are so nearly square that a square cut out of the middle, and a little less, still shows the sample.
    An identify= of the user's is for the usual size.
    """
    recording = Recording(WIDE_PICTURES, scenario, tick=tick)
    with bench.samples(scenario, WIDE) as samples:
        if bench.identify is None:
            _one_epoch(recording, bench, samples)
        ledger = recording.ledger()
    shapes = [leaf.shape for batch in ledger.batches() for leaf in batch.leaves[:1]]
    pictures = shapes and all(channel_axis(shape) is not None for shape in shapes)
    return ledger if pictures else Recording(WIDE_PICTURES, scenario).ledger()


def relabelled(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read an epoch, and one of the same samples with other labels."""
    recording = Recording(RELABELLED, scenario, bench.identify, tick)
    labellings = (scenario, with_other_labels(scenario, bench.policy))
    for phase, labelling in zip(LABELLINGS, labellings):
        with bench.samples(labelling) as samples:
            _one_epoch(recording, bench, samples, phase)
    return recording.ledger()


def _one_epoch(recording: Recording, bench: Bench, samples: Samples, phase: str = "epoch") -> None:
    # A factory may refuse such samples, or be written for the classes of one data set.
    seed_all(recording.scenario.seed)
    with contextlib.suppress(Exception):
        subject = bench.build(samples, recording.scenario)
        read_epochs(recording, subject, phase, range(1))
