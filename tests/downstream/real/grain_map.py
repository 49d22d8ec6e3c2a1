"""MapDataset of Grain, shuffled, then batched: an indexable pipeline."""

import grain


def make(samples, batch_size, seed):
    x, y = samples.arrays
    rows = grain.MapDataset.range(len(x)).shuffle(seed=seed)
    return rows.map(lambda row: (x[row], y[row])).batch(batch_size)


PYTHON = "3.13"
REQUIRES = ["grain==0.2.18"]
DISTRIBUTION = "grain"
POLICY = {}
EXPECTED = {
    "protocol.bounds": "indexes past the end wrap, as documented, so that it can be repeated",
    "purity.caller-owned": "a batch of one row is a view of the data set",
}
