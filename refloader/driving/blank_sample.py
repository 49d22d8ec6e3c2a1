"""The drive over a data set of which one sample is nothing but zeros, as a lens cap or a silence leave it."""

from __future__ import annotations

from refloader.contract.drives import BLANK_SAMPLE
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.direct import read_epochs
from refloader.driving.global_random import steady_random
from refloader.driving.recording import Recording, Tick, describe
from refloader.driving.subject import Bench


def blank_sample(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read one epoch of it. It has no identity left: what becomes of its values is all that is asked."""
    recording = Recording(BLANK_SAMPLE, scenario, bench.identify, tick)
    with bench.samples(scenario) as samples, steady_random(scenario.seed):
        recording.facts["blank"] = scenario.seed % scenario.n
        samples.blank(recording.facts["blank"])
        try:
            subject = bench.build(samples, scenario)
        except Exception as error:  # noqa: BLE001 - a factory may refuse such a sample
            recording.build_error = describe(error)
        else:
            read_epochs(recording, subject, "epoch", range(1))
    return recording.ledger()
