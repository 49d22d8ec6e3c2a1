"""XYBatchGenerator of keras-generators, shuffled."""

from keras_generators.generators import TensorDataSource, XYBatchGenerator


def make(samples, batch_size, seed):
    x, y = samples.arrays
    return XYBatchGenerator(
        {"x": TensorDataSource("x", x)},
        {"y": TensorDataSource("y", y)},
        shuffle=True,
        batch_size=batch_size,
    )


PYTHON = "3.10"
REQUIRES = [
    "keras-generators==1.4.5",
    "tf-keras==2.16.0",
    "tensorflow-cpu==2.16.2",
    "numpy<2",
    "pandas<2.3",
]
DISTRIBUTION = "keras-generators"
POLICY = {"shuffle": True}
EXPECTED = {
    "protocol.bounds": "an index below -len() gives an empty batch",
    "shuffling.global-rng": "it shuffles with numpy.random",
}
