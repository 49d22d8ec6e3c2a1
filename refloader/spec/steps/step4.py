"""Another order in each epoch.

Now the loader declares that it shuffles, and that a seed decides how: shuffle=True, seeded=True. The
order is drawn from (seed, epoch) by a generator of its own; NumPy's global one is everybody's, and every
worker process has a copy of it. No order is kept from one epoch to the next, so a worker cannot hold a
stale one: all that moves is a number.
"""

import numpy as np
from PIL import Image


class Loader:
    def __init__(self, paths, labels, batch_size, seed):
        self.paths, self.labels, self.batch_size = list(paths), np.array(labels), batch_size
        self.seed, self.epoch = seed, 0

    def __len__(self):
        return -(-len(self.paths) // self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        order = np.random.RandomState([self.seed, self.epoch]).permutation(len(self.paths))
        rows = order[index * self.batch_size : (index + 1) * self.batch_size]
        return np.stack([picture(self.paths[row]) for row in rows]), self.labels[rows]

    def on_epoch_end(self):
        self.epoch += 1


def picture(path):
    try:
        with Image.open(path) as image:
            return np.asarray(image, "float32") / 255
    except OSError as error:
        raise OSError(f"cannot read {path}: {error}") from error


def make(samples, batch_size, seed):
    return Loader(samples.paths, samples.labels, batch_size, seed)


POLICY = {"shuffle": True, "seeded": True}
MENDS = {"shuffling.per-epoch", "shuffling.seed-matters", "shuffling.uniform"}
BREAKS = set()
