"""Show without refloader what Keras 2.15's NumpyArrayIterator breaks."""

import pickle

import numpy as np
from tensorflow.keras.preprocessing.image import ImageDataGenerator

x, y = np.zeros((4, 8, 8, 3)), np.arange(4)


def flow():
    return ImageDataGenerator().flow(x, y, batch_size=2, shuffle=False)


def raised(call):
    try:
        return f"no error: {call()}"
    except Exception as error:  # noqa: BLE001 - which one is the question
        return f"{type(error).__name__}: {error}"


print("loader[2] of two batches: IndexError expected;", raised(lambda: flow()[2]))
loader = flow()
next(iter(loader))
print("labels at the start of a second iteration: [0 1] expected;", next(iter(loader))[1])
before = np.random.get_state()[2]
loader[0]
print("draws from numpy.random: 0 expected;", np.random.get_state()[2] - before)
print("pickling: no error expected;", raised(lambda: pickle.dumps(flow())))
empty = ImageDataGenerator().flow(x[:0], y[:0], batch_size=2)
print("rows of next() over no samples: an end expected;", [len(next(empty)[0]) for _ in range(3)])

CONFIRMS = [
    "protocol.bounds",
    "protocol.restart",
    "shuffling.global-rng",
    "pickling.round-trip",
    "pickling.no-live-handles",
    "faults.empty",
]
