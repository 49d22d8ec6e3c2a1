"""SequenceGenerator of Talos: slices of two arrays."""

from talos.utils.sequence_generator import SequenceGenerator


def make(samples, batch_size, seed):
    return SequenceGenerator(*samples.arrays, batch_size)


PYTHON = "3.11"
REQUIRES = ["talos==2.0.10", "keras==3.15.1", "tensorflow-cpu==2.21.0"]
DISTRIBUTION = "talos"
POLICY = {}
EXPECTED = {
    "protocol.bounds": "past the end it gives an empty batch",
    "purity.caller-owned": "its batches are views of the data set",
    "workers.start-methods": "its class is made within a function, and cannot be pickled",
    "pickling.round-trip": "its class is made within a function, and cannot be pickled",
    "pickling.fresh-process": "its class is made within a function, and cannot be pickled",
    "pickling.mid-epoch": "its class is made within a function, and cannot be pickled",
}
