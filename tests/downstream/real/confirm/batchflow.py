"""Show without refloader that a negative index is empty in keras-batchflow, and how it shuffles."""

import numpy as np
import pandas as pd
from keras_batchflow.tf.batch_generators import BatchGenerator


class Same:
    """An encoder, as the library wants one, that changes nothing."""

    shape, n_classes = (1,), None

    def transform(self, rows):
        """Return the rows as a column."""
        return np.asarray(rows)[:, None]

    def inverse_transform(self, rows):
        """Return what it is given."""
        return rows


frame = pd.DataFrame({"row": np.arange(5), "label": np.arange(5)})
parts = {"x_structure": ("row", Same()), "y_structure": ("label", Same())}
loader = BatchGenerator(frame, **parts, batch_size=1, shuffle=True)
np.random.seed(0)
before = np.random.get_state()[1].tolist(), np.random.get_state()[2]
loader.on_epoch_end()
after = np.random.get_state()[1].tolist(), np.random.get_state()[2]
print("numpy.random is untouched: True expected;", before == after)
print("rows of batch -1: 1, or IndexError, expected;", len(loader[-1][0]))

CONFIRMS = ["protocol.bounds", "shuffling.global-rng"]
