"""Show without refloader what flow_from_dataframe of Keras 2.15 breaks."""

import pathlib
import pickle
import tempfile

import numpy as np
import pandas as pd
from PIL import Image
from tensorflow.keras.preprocessing.image import ImageDataGenerator

folder = pathlib.Path(tempfile.mkdtemp())
rows = [(str(folder / f"{number}.png"), str(number % 2)) for number in range(4)]
for path, _ in rows:
    Image.fromarray(np.random.randint(0, 255, (32, 32, 3), np.uint8)).save(path)
frame = pd.DataFrame(rows, columns=["path", "label"])


def flow(part):
    settings = {"x_col": "path", "y_col": "label", "target_size": (32, 32), "batch_size": 2}
    return ImageDataGenerator().flow_from_dataframe(part, shuffle=False, **settings)


def answer(call):
    try:
        return f"{call()}"
    except Exception as error:  # noqa: BLE001 - which one is the question
        return f"{type(error).__name__}: {error}"


print("loader[2] of two batches: IndexError expected;", answer(lambda: flow(frame)[2]))
print("over no rows: words expected;", answer(lambda: len(flow(frame[:0]))))
print("pickled: bytes expected;", answer(lambda: pickle.dumps(flow(frame))))
data = pathlib.Path(rows[0][0]).read_bytes()
pathlib.Path(rows[0][0]).write_bytes(data[: len(data) // 3])
print("a truncated file: its path expected;", answer(lambda: flow(frame)[0]))

CONFIRMS = [
    "protocol.bounds",
    "pickling.round-trip",
    "pickling.no-live-handles",
    "faults.bad-sample",
    "faults.empty",
]
