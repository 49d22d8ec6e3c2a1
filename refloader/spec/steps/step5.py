"""A share for each rank, in equal steps.

With shards=True the factory is asked for shard=(rank, world size). All ranks draw the same order and
cut the same global batches out of it; each takes its part of each batch, so that all take the same number
of steps. A rank for which the last batch leaves nothing gives one row of weight 0, because it has to take
part in that step: where ranks wait for each other, one that does not come is a hang.
"""

import numpy as np
from PIL import Image


class Loader:
    def __init__(self, paths, labels, batch_size, seed, shard=(0, 1)):
        self.paths, self.labels, self.batch_size = list(paths), np.array(labels), batch_size
        self.rank, self.world = shard
        self.seed, self.epoch = seed, 0

    def __len__(self):
        return -(-len(self.paths) // (self.batch_size * self.world))

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        order = np.random.RandomState([self.seed, self.epoch]).permutation(len(self.paths))
        step = self.batch_size * self.world
        rows = np.array_split(order[index * step : (index + 1) * step], self.world)[self.rank]
        weights = np.ones(max(len(rows), 1), "float32")
        if len(rows) == 0:
            rows, weights = order[:1], np.zeros(1, "float32")
        return np.stack([picture(self.paths[row]) for row in rows]), self.labels[rows], weights

    def on_epoch_end(self):
        self.epoch += 1


def picture(path):
    try:
        with Image.open(path) as image:
            return np.asarray(image, "float32") / 255
    except OSError as error:
        raise OSError(f"cannot read {path}: {error}") from error


def make(samples, batch_size, seed, shard=(0, 1)):
    return Loader(samples.paths, samples.labels, batch_size, seed, shard)


POLICY = {"shuffle": True, "seeded": True, "shards": True}
MENDS = {"sharding.partition"}
BREAKS = set()
