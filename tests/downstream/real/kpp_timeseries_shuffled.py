"""TimeseriesGenerator with shuffle=True, whose documentation says 'shuffle output samples'."""

import numpy as np
from keras_preprocessing.sequence import TimeseriesGenerator


def make(samples, batch_size, seed):
    # A window of one time step, and its target: the last data point is only ever a target.
    x, y = samples.arrays
    x = np.concatenate([x, x[-1:]])
    y = np.concatenate([[-1], y])
    return TimeseriesGenerator(x, y, length=1, shuffle=True, batch_size=batch_size)


PYTHON = "3.10"
REQUIRES = [
    "keras-preprocessing==1.1.2",
    "tensorflow-cpu==2.15.1",
    "numpy<2",
    "pandas<2.3",
    "scipy",
]
DISTRIBUTION = "keras-preprocessing"
POLICY = {"shuffle": True}
EXPECTED = {
    "protocol.bounds": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "protocol.restart": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "coverage.no-loss": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "coverage.no-repeat": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "coverage.tail": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "purity.repeatable": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "purity.order-free": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "shuffling.global-rng": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "workers.thread-safe": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "workers.no-loss": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "workers.no-duplicate": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "workers.start-methods": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "training.consumed-once": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
    "training.validation": "with shuffle=True each read draws batch_size rows anew, with replacement, whatever the index",
}
