"""MapDataset of Grain, shuffled and repeated without an end, then batched and iterated."""

import grain


def make(samples, batch_size, seed):
    x, y = samples.arrays
    rows = grain.MapDataset.range(len(x)).shuffle(seed=seed)
    batches = rows.map(lambda row: (x[row], y[row])).batch(batch_size)
    return iter(batches.repeat().to_iter_dataset())


PYTHON = "3.13"
REQUIRES = ["grain==0.2.18"]
DISTRIBUTION = "grain"
POLICY = {"kind": "generator", "shuffle": True, "seeded": True}
EXPECTED = {}
