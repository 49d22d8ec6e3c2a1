"""Show without refloader what the batches of keras-mixed-sequence are views of, and what ends them."""

import numpy as np
from keras_mixed_sequence import MixedSequence, VectorSequence

x, y = np.arange(1, 7, dtype="float32")[:, None], np.arange(6)
loader = MixedSequence(x=VectorSequence(x, 2), y=VectorSequence(y, 2))
first = loader[0][0].ravel().tolist()
loader[0][0][...] = 0
print(f"batch 0 after writing zeros into it: {first} expected;", loader[0][0].ravel().tolist())
try:
    print("past the end: IndexError expected;", loader[len(loader)])
except Exception as error:  # noqa: BLE001 - which one is the question
    print("past the end: IndexError expected;", repr(error))

CONFIRMS = [
    "protocol.bounds",
    "purity.caller-owned",
]
