"""TFDataset of alibi-detect: a Sequence over arrays, shuffled, without its tail."""

from alibi_detect.utils.tensorflow.data import TFDataset


def make(samples, batch_size, seed):
    return TFDataset(*samples.arrays, batch_size=batch_size, shuffle=True)


PYTHON = "3.10"
REQUIRES = ["alibi-detect[tensorflow]==0.12.0", "numpy<2", "pandas<2.3"]
DISTRIBUTION = "alibi-detect"
POLICY = {"shuffle": True, "tail": "drop"}
EXPECTED = {
    "protocol.bounds": "past the end it gives the dropped tail, and then empty batches",
    "purity.caller-owned": "a batch is a view of the caller's arrays",
    "shuffling.uniform": "it shuffles at the end of each epoch, and reads the first in the order given",
    "shuffling.global-rng": "it shuffles with numpy.random",
}
