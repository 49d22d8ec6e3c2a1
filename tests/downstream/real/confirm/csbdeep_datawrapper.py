"""Show without refloader what csbdeep's DataWrapper breaks."""

import numpy as np
from csbdeep.internals.train import DataWrapper

x = np.arange(4)[:, None]
loader = DataWrapper(x, x, batch_size=2, length=2)
before = np.random.get_state()[2]
loader[0]
print("numpy.random moved: False expected;", np.random.get_state()[2] != before)
print("rows of batch 2 of two: IndexError expected;", len(loader[2][0]))
orders = [DataWrapper(x, x, batch_size=2, length=2) for _ in range(2)]
delivered = [np.concatenate([one[0][0], one[1][0]]).ravel().tolist() for one in orders]
print("order of two loaders over the same rows: one order expected;", delivered)

CONFIRMS = [
    "protocol.bounds",
    "shuffling.global-rng",
    "training.validation",
]
