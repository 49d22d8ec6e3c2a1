"""Loaders that draw from the global generators are told of that, and of nothing that follows from it."""

from __future__ import annotations

import numpy as np

from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.session import Session


class Drawn:
    """A stream that draws each batch anew, from numpy.random."""

    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __iter__(self):
        return self

    def __next__(self):
        rows = np.random.randint(0, len(self.x), self.batch_size)  # noqa: NPY002 - that is meant
        return self.x[rows], self.y[rows]


def make(samples, batch_size, _seed):
    """Build the stream."""
    return Drawn(*samples.arrays, batch_size)


def test_a_copy_that_draws_the_same_from_the_same_state_is_a_copy():
    """What one draws after the other differs without any pickle, too."""
    slugs = ("pickling.round-trip", "shuffling.global-rng")
    policy = Policy.of(kind="generator", sampling="with-replacement", shuffle=True)
    with Session(make, policy, training=False) as session:
        verdicts = {one.requirement: one.verdict for one in session.results(choose(slugs))}

    assert {"shuffling.global-rng": "fail", "pickling.round-trip": "pass"} == verdicts
