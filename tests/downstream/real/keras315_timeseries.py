"""TimeseriesGenerator with windows of one step, so that each window is one sample."""

import numpy as np
from keras.src.legacy.preprocessing.sequence import TimeseriesGenerator


def make(samples, batch_size, seed):
    # A window of one time step, and its target: the last data point is only ever a target.
    x, y = samples.arrays
    x = np.concatenate([x, x[-1:]])
    y = np.concatenate([[-1], y])
    return TimeseriesGenerator(x, y, length=1, batch_size=batch_size)


PYTHON = "3.13"
REQUIRES = ["keras==3.15.1", "tensorflow-cpu==2.21.0", "scipy"]
DISTRIBUTION = "keras"
POLICY = {}
EXPECTED = {
    "protocol.bounds": "past the end it gives an empty batch",
}
