"""What is fed to a framework, and what is not, without one."""

from __future__ import annotations

import pytest

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.drives import training
from refloader.driving.observing.recording import Recording
from refloader.driving.subject import Bench
from refloader.frameworks.feeding import Feeding


@pytest.mark.parametrize(("n", "fed"), [(3, []), (4, [1])])
def test_a_stream_without_a_whole_batch_is_not_fed(tmp_path, monkeypatch, n, fed):
    """With 0 steps in an epoch some frameworks train on an endless stream for ever."""
    steps = []
    monkeypatch.setattr(training, "feed", lambda *_, **asked: steps.append(asked["steps"]))
    bench = Bench(lambda *_: iter([]), Policy(kind="generator", tail="drop"), str(tmp_path))
    scenario = Scenario(n, 4)
    with bench.samples(scenario) as samples:
        subject = bench.build(samples, scenario)
        recording = Recording("fit", scenario)
        recording.facts["role"] = "train"
        training._feed(recording, subject, Feeding("fit", 0, processes=False), str(tmp_path))

    assert steps == fed
