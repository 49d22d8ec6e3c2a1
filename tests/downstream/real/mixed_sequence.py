"""MixedSequence of keras-mixed-sequence over two VectorSequences of one seed, shuffled by default."""

from keras_mixed_sequence import MixedSequence, VectorSequence


def make(samples, batch_size, seed):
    x, y = (VectorSequence(one, batch_size, random_state=seed) for one in samples.arrays)
    return MixedSequence(x=x, y=y)


PYTHON = "3.10"
REQUIRES = [
    "keras-mixed-sequence==1.0.29",
    "tensorflow-cpu==2.15.1",
    "numpy<2",
    "pandas<2.3",
]
DISTRIBUTION = "keras-mixed-sequence"
POLICY = {"shuffle": True, "seeded": True}
EXPECTED = {
    "protocol.bounds": "past the end it raises ValueError",
    "purity.caller-owned": "a batch is a view of the order that the epoch has",
}
