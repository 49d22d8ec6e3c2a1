"""Show without refloader what csbdeep's DataWrapper breaks."""

import numpy as np
from csbdeep.internals.train import DataWrapper

x = np.arange(4)[:, None]
loader = DataWrapper(x, x, batch_size=2, length=2)
before = np.random.get_state()[2]
loader[0]
print("numpy.random moved: False expected;", np.random.get_state()[2] != before)
print("rows of batch 2 of two: IndexError expected;", len(loader[2][0]))

CONFIRMS = [
    "protocol.bounds",
    "shuffling.global-rng",
]
