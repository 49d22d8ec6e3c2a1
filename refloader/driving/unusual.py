"""Drives over data sets that a loader is seldom tried out with. What it cannot build or read is not asked."""

from __future__ import annotations

import contextlib

from refloader.contract.drives import BLANK_SAMPLE, MANY_CLASSES
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.direct import read_epochs
from refloader.driving.global_random import steady_random
from refloader.driving.recording import Recording, Tick, note_samples
from refloader.driving.samples import Samples
from refloader.driving.subject import Bench


def blank_sample(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read an epoch of which one sample is nothing but zeros, as a lens cap or a silence leave it.

    It has no identity left: what becomes of its values is all that is asked.
    """
    recording = Recording(BLANK_SAMPLE, scenario, bench.identify, tick)
    with bench.samples(scenario) as samples:
        recording.facts["blank"] = scenario.seed % scenario.n
        samples.blank(recording.facts["blank"])
        _one_epoch(recording, bench, samples)
    return recording.ledger()


def many_classes(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read an epoch of more classes than a byte has values."""
    recording = Recording(MANY_CLASSES, scenario, bench.identify, tick)
    with bench.samples(scenario) as samples:
        _one_epoch(recording, bench, samples)
        note_samples(recording, samples)
    return recording.ledger()


def _one_epoch(recording: Recording, bench: Bench, samples: Samples) -> None:
    # A factory may refuse such samples, or be written for the classes of one data set.
    with steady_random(recording.scenario.seed), contextlib.suppress(Exception):
        subject = bench.build(samples, recording.scenario)
        read_epochs(recording, subject, "epoch", range(1))
