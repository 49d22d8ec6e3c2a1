"""Show without refloader what alibi-detect's TFDataset breaks."""

import numpy as np
from alibi_detect.utils.tensorflow.data import TFDataset

x, y = np.arange(1, 7, dtype="float32")[:, None], np.arange(6)
loader = TFDataset(x, y, batch_size=1, shuffle=True)
first = [int(loader[index][1][0]) for index in range(6)]
print("a first epoch that is shuffled: another order than 0 to 5 expected;", first)
loader = TFDataset(x, y, batch_size=4)
rows = [len(loader[index][0]) for index in (len(loader), -1)]
print("rows past the end, and of batch -1: IndexError expected;", rows)
state = np.random.get_state()
loader.on_epoch_end()
print("numpy.random is as before: True expected;", str(state) == str(np.random.get_state()))
loader = TFDataset(x, y, batch_size=4)
loader[0][0][...] = 0
print("the caller's x after writing into a batch: 1 to 6 expected;", x.ravel().tolist())

CONFIRMS = [
    "protocol.bounds",
    "purity.caller-owned",
    "shuffling.uniform",
    "shuffling.global-rng",
]
