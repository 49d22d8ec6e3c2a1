"""The installed framework feeds the model what the contract says, from loaders that keep it."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
import some_factories
from presence import FIRST_BATCH_LOST, NO_PROCESSES, marks, needs_indexable

from refloader import ready
from refloader.contract.drives import FRAMEWORK, STARTED_FIT
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.driving.drivers import Drive
from refloader.evidence import Evidence
from refloader.frameworks.feeding import started_feedings
from refloader.session import Session

#: What is judged by what the model consumed. A framework's workers are part of it; the chapter that is
#: named after them reads with pools of its own, mostly, which one of the tests below has made.
TRAINED = [
    replace(one, drives=tuple(name for name in one.drives if name in FRAMEWORK))
    for one in choose(("training", "pairing.label"))
    if {*FRAMEWORK} & {*one.drives}
]
REFERENCE = {
    "folder_loader": {},
    "array_loader": {},
    "dropping_loader": {"tail": "drop", "shuffle": True, "seeded": True},
    # Frameworks put its filled batch anywhere.
    "filled": {"tail": "pad"},
    "generator": {"kind": "generator"},
    "arrays": {"kind": "arrays"},
}
LOST = {"generator": [FIRST_BATCH_LOST]}


def judge(name, requirements, *, brief=True, **policy):
    """Return the results by slug for one of the factories; which witness they show is tested elsewhere."""
    make = getattr(some_factories, name)
    with Session(make, Policy.of(**policy), brief=brief) as session:
        return {result.requirement: result for result in session.results(requirements)}


def unkept(results):
    """Return what was neither kept nor put out of force by the policy."""
    return {
        slug: str(result.witness or result.reason or result.detail)
        for slug, result in results.items()
        if result.verdict not in ("pass", "not-applicable")
    }


@needs_indexable
def test_the_reference_loader_keeps_the_whole_contract():
    """Images from a frame, shuffled: every requirement through every path of this framework."""
    results = judge("image_loader", choose(), brief=False, shuffle=True, seeded=True)

    assert {} == unkept(results)
    assert "pass" == results["training.consumed-once"].verdict


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[*marks(policy.get("kind", "sequence")), *LOST.get(name, [])])
        for name, policy in sorted(REFERENCE.items())
    ],
)
def test_every_view_of_it_is_consumed_as_promised(name):
    """Folders, arrays, a dropped and a filled tail, a generator and whole arrays reach the model once."""
    results = judge(name, TRAINED, **REFERENCE[name])

    assert {} == unkept(results)
    assert "pass" == results["training.consumed-once"].verdict


@needs_indexable
def test_a_lost_tail_is_seen_by_the_model():
    """What a loader never delivers the training step never consumes, and that is its own fault."""
    result = judge("dropped_tail", choose(("training.consumed-once",)))["training.consumed-once"]

    assert ("fail", "loader") == (result.verdict, result.blame)
    # Before Keras 2.2.3, fit takes no loader.
    assert result.witness.driver.split(",")[0] in {"fit", "fit_generator"}


@needs_indexable
def test_predictions_in_another_order_are_seen():
    """A loader whose rows move between reads is predicted in another order than it is read."""
    result = judge("backwards", choose(("training.validation",)))["training.validation"]

    assert ("fail", "loader") == (result.verdict, result.blame)
    assert "read directly, has the order" in result.witness.text


@needs_indexable
@pytest.mark.parametrize("twins", [False, True])
def test_a_ready_loader_is_consumed_as_promised(twins):
    """It is known by x and y where it trains, and by x alone where it predicts; if that tells all samples."""
    x = np.random.RandomState(3).rand(21, 5).astype("float32")
    x[1] = x[0] if twins else x[1]
    loader = some_factories.Filled(x, np.arange(21) % 3, 7)
    chosen = ready.judged([*TRAINED, *choose(("workers",))])

    with ready.session(loader, Policy.of(), n=21) as session:
        results = {result.requirement: result for result in session.results(chosen)}

    assert {} == unkept(results)
    assert {"pass"} == {
        results[slug].verdict for slug in ("training.consumed-once", "workers.no-loss")
    }


@needs_indexable
def test_an_identify_that_needs_y_leaves_predictions_unjudged():
    """What the user's own function cannot tell is neither an error of the suite nor a broken contract."""
    with Session(
        some_factories.filled, Policy.of(tail="pad"), identify=some_factories.by_both
    ) as session:
        results = {one.requirement: one for one in session.results(choose(("training",)))}

    assert {} == unkept(results)


@NO_PROCESSES
@needs_indexable
def test_workers_that_are_spawned_are_looked_at_where_that_is_asked_for():
    """A loader that is wrong in spawned workers alone is found by what the model consumed."""
    (consumed,) = choose(("training.consumed-once",))
    spawned = next(one for one in started_feedings("sequence") if one.start == "spawn")
    drive = Drive(STARTED_FIT, Scenario(13, 4, epochs=1), spawned)
    evidence = Evidence(some_factories.order_of_the_program, Policy.of(samples="arrays"))
    with contextlib.closing(evidence):
        ledger = evidence.ledger(drive)

    assert STARTED_FIT in consumed.drives
    assert "sample 0 4 times" in str(consumed.judge(ledger, evidence.policy))
