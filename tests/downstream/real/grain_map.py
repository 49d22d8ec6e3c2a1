"""MapDataset of Grain, shuffled, then batched: an indexable pipeline."""

import operator

import grain


class Rows:
    """The samples as what Grain calls a random-access source."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, row):
        return self.x[operator.index(row)], self.y[operator.index(row)]


def make(samples, batch_size, seed):
    return grain.MapDataset.source(Rows(*samples.arrays)).shuffle(seed=seed).batch(batch_size)


PYTHON = "3.13"
REQUIRES = ["grain==0.2.18"]
DISTRIBUTION = "grain"
POLICY = {}
EXPECTED = {
    "protocol.bounds": "indexes past the end wrap, as documented, so that it can be repeated",
    "purity.caller-owned": "a batch of one row is a view of the data set",
    "pickling.mid-epoch": "once a batch was read it holds a lambda, and cannot be pickled",
    "workers.start-methods": "nor sent to a worker that is spawned after a first look at a batch",
}
