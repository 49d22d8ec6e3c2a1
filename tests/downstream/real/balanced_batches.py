"""make_generator of keras-balanced-batch-generator: balanced batches without an end."""

import numpy as np
from keras_balanced_batch_generator import make_generator


def make(samples, batch_size, seed):
    x, y = samples.arrays
    y = np.eye(samples.n_classes)[y]
    return make_generator(x, y, batch_size, categorical=True, seed=seed)


PYTHON = "3.10"
REQUIRES = [
    "keras-balanced-batch-generator==0.0.3",
    "tensorflow-cpu==2.15.1",
    "numpy<2",
    "pandas<2.3",
]
DISTRIBUTION = "keras-balanced-batch-generator"
POLICY = {
    "kind": "generator",
    "sampling": "with-replacement",
    "tail": "pad",
    "shuffle": True,
    "seeded": True,
}
EXPECTED = {
    "generator.single-consumer": "a plain generator: two threads collide",
    "generator.no-silent-copies": "a forked copy of the generator draws the same batches",
}
