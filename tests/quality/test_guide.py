"""The guide to writing a loader: each step mends what it says, and the last ones break nothing."""

from __future__ import annotations

import importlib
from typing import Any, Dict, Tuple

import pytest

from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.session import Session
from refloader.spec.guide import Step, steps

STEPS = steps()


def flagged(make: Any, policy: Dict[str, Any], slugs: Tuple[str, ...] = ()) -> set:
    """Return the requirements, of these or of all, that a factory's loader is said to break under a policy."""
    with Session(make, Policy.of(**policy), training=False) as session:
        return {one.requirement for one in session.results(choose(slugs)) if one.broken}


def factory(step: Step) -> Any:
    """Return a step's factory, which may be asked for a shard and then gives the whole to each rank."""
    made = importlib.import_module(step.module).make

    def make(samples: Any, batch_size: int, seed: int, shard: Any = (0, 1)) -> Any:
        return made(samples, batch_size, seed)

    return make


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_step_breaks_what_it_says(number: int) -> None:
    """Under its own declaration a step's loader breaks what stands beside it, and nothing else."""
    step = STEPS[number]

    assert set(step.breaks) == flagged(importlib.import_module(step.module).make, step.policy)


@pytest.mark.parametrize("number", range(1, len(STEPS)))
def test_step_mends_what_it_says(number: int, pytestconfig: pytest.Config) -> None:
    """What a step is said to mend is what the step before breaks under the same declaration."""
    before, step = STEPS[number - 1 : number + 1]
    asked = tuple(step.mends) if pytestconfig.getoption("own_slugs", default=False) else ()

    assert set(step.mends) == flagged(factory(before), step.policy, asked) - set(step.breaks)
