"""Show without refloader that TimeseriesGenerator(shuffle=True) draws with replacement, by no index."""

import numpy as np
from keras_preprocessing.sequence import TimeseriesGenerator

x = np.arange(9)[:, None]
loader = TimeseriesGenerator(x, np.arange(9), length=1, shuffle=True, batch_size=4)
seen = sorted(int(row) for index in range(len(loader)) for row in loader[index][1])
print("targets of one epoch: [1, 2, 3, 4, 5, 6, 7, 8] expected;", seen)
print("batch 0 twice: equal expected;", loader[0][1], loader[0][1])
print("rows of batch 2 of two: IndexError expected;", len(loader[2][1]))

CONFIRMS = [
    "protocol.bounds",
    "coverage.no-loss",
    "coverage.no-repeat",
    "purity.repeatable",
]
