"""BatchGenerator of keras-batchflow over a frame, shuffled."""

import numpy as np
import pandas as pd
from keras_batchflow.tf.batch_generators import BatchGenerator


class Rows:
    """An encoder, as the library wants one, from row numbers to feature vectors."""

    def __init__(self, x):
        self.x = x
        self.shape = x.shape[1:]
        self.n_classes = None

    def transform(self, rows):
        """Return the vectors of these rows."""
        return self.x[rows]

    def inverse_transform(self, vectors):
        """Return nothing that training needs."""
        return vectors


def make(samples, batch_size, seed):
    x, y = samples.arrays
    frame = pd.DataFrame({"row": np.arange(len(x)), "label": y})
    return BatchGenerator(
        frame,
        x_structure=("row", Rows(x)),
        y_structure=("label", None),
        batch_size=batch_size,
        shuffle=True,
    )


PYTHON = "3.10"
REQUIRES = ["keras-batchflow==0.1.8", "tensorflow-cpu==2.15.1", "numpy<2", "pandas<2.3"]
DISTRIBUTION = "keras-batchflow"
POLICY = {"shuffle": True}
EXPECTED = {
    "protocol.bounds": "a negative index gives an empty batch",
    "shuffling.global-rng": "it shuffles with numpy.random",
}
