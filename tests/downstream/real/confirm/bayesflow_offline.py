"""Show without refloader that OfflineDataset of BayesFlow shuffles with numpy.random."""

import numpy as np
from bayesflow.datasets import OfflineDataset


def state():
    kind, keys, place, *_ = np.random.get_state()
    return kind, keys.tolist(), place


np.random.seed(0)
before = state()
OfflineDataset({"x": np.arange(5.0)[:, None]}, 2, None, shuffle=True)
print("numpy.random is untouched: True expected;", state() == before)

CONFIRMS = ["shuffling.global-rng"]
