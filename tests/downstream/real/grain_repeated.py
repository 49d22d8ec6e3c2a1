"""MapDataset of Grain, shuffled and repeated without an end, then batched and iterated."""

import grain
from grain_map import Rows


def make(samples, batch_size, seed):
    rows = grain.MapDataset.source(Rows(*samples.arrays)).shuffle(seed=seed)
    # As many threads as are of use here; by default there are 16, and 500 batches are read ahead.
    ahead = grain.ReadOptions(num_threads=2, prefetch_buffer_size=8)
    return iter(rows.batch(batch_size).repeat().to_iter_dataset(ahead))


PYTHON = "3.13"
REQUIRES = ["grain==0.2.18"]
DISTRIBUTION = "grain"
POLICY = {"kind": "generator", "shuffle": True, "seeded": True}
EXPECTED = {
    "purity.caller-owned": "a batch of one row is a view of the data set",
    "generator.no-silent-copies": "a forked copy of the iterator delivers the same samples",
}
