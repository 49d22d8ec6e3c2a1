"""Show without refloader what a batched MapDataset of Grain breaks."""

import pickle

import grain
import numpy as np

x = np.zeros((4, 2))
for size in (1, 2):
    batch = grain.MapDataset.range(4).map(lambda row: x[row]).batch(size)[0]
    print(f"batch_size={size}, shares memory: False expected;", np.shares_memory(batch, x))
print("batch 9 of 2: IndexError expected;", grain.MapDataset.range(4).batch(2)[9])

batches = grain.MapDataset.range(4).batch(2)
print("bytes of the pickle before a read:", len(pickle.dumps(batches)))
batches[0]
try:
    pickle.dumps(batches)
except (AttributeError, pickle.PicklingError) as error:
    print("pickled after a read: no error expected;", error)

CONFIRMS = [
    "protocol.bounds",
    "purity.caller-owned",
    "pickling.mid-epoch",
    "workers.start-methods",
]
