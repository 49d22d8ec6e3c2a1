"""Show without refloader that TimeseriesGenerator of Keras 3.15 has no end."""

import numpy as np
from keras.src.legacy.preprocessing.sequence import TimeseriesGenerator

x = np.arange(5)[:, None]
loader = TimeseriesGenerator(x, x, length=1, batch_size=2)
batch = loader[len(loader)]
print("rows of the batch past the end: IndexError expected;", len(batch[0]))

CONFIRMS = ["protocol.bounds"]
