"""The reference loader keeps the chapters that are asked of loaders which declare them."""

from __future__ import annotations

import pytest

from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.driving.reference import reference_factory
from refloader.session import Session

CHAPTERS = ("sharding", "resume", "shuffling.uniform")


@pytest.mark.parametrize("samples", ["arrays", "frame"])
@pytest.mark.parametrize("tail", ["deliver", "drop", "pad"])
def test_shards_and_states_are_exact(samples, tail):
    """For each tail, every rank has its share, and a restored loader goes on where it was saved."""
    policy = Policy.of(
        samples=samples, tail=tail, shuffle=True, seeded=True, shards=True, resumable=True
    )
    with Session(reference_factory(policy), policy, training=False) as session:
        results = list(session.results(choose(CHAPTERS)))

    assert {one.requirement: "pass" for one in results} == {
        one.requirement: str(one.witness or one.detail or one.reason or one.verdict)
        if one.verdict != "pass"
        else "pass"
        for one in results
    }
