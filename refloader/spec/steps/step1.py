"""What one writes first.

A class with a length and an index is all that a Keras from 2.0.6 on asks for: a batch is a function
of its number, so any worker can make any batch. These fifteen lines train a model, and lose the
samples of the last batch in every epoch: the length is rounded down. With fewer samples than a batch
holds there is no batch at all, and a file that is cut off ends the training without saying which.
"""

import numpy as np
from PIL import Image


class Loader:
    def __init__(self, paths, labels, batch_size):
        self.paths, self.labels, self.batch_size = paths, labels, batch_size

    def __len__(self):
        return len(self.paths) // self.batch_size

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        x = [np.asarray(Image.open(path), "float32") / 255 for path in self.paths[rows]]
        return np.stack(x), self.labels[rows]


def make(samples, batch_size, seed):
    return Loader(samples.paths, samples.labels, batch_size)


POLICY = {}
MENDS = set()
BREAKS = {
    "protocol.length",
    "protocol.bounds",
    "coverage.no-loss",
    "coverage.tail",
    "faults.bad-sample",
    "faults.small",
}
