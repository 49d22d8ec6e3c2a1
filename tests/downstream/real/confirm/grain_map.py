"""Show without refloader that a batch of one row is a view of the data set in Grain."""

import grain
import numpy as np

x = np.zeros((4, 2))
for size in (1, 2):
    batch = grain.MapDataset.range(4).map(lambda row: x[row]).batch(size)[0]
    print(f"batch_size={size}, shares memory: False expected;", np.shares_memory(batch, x))
print("batch 9 of 2: IndexError expected;", grain.MapDataset.range(4).batch(2)[9])

CONFIRMS = [
    "protocol.bounds",
    "purity.caller-owned",
]
