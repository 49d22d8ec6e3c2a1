"""Show without refloader what XYBatchGenerator of keras-generators breaks."""

import numpy as np
from keras_generators.generators import TensorDataSource, XYBatchGenerator

x = TensorDataSource("x", np.arange(4)[:, None])
before = np.random.get_state()[2]
loader = XYBatchGenerator({"x": x}, {"y": x}, shuffle=True, batch_size=2)
print("numpy.random moved: False expected;", np.random.get_state()[2] != before)
print("rows of batch -3 of two: IndexError expected;", len(loader[-3][0]["x"]))

CONFIRMS = [
    "protocol.bounds",
    "shuffling.global-rng",
]
