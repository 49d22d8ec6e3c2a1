"""Show without refloader what mltu's DataProvider breaks."""

import multiprocessing
import pathlib
import pickle
import tempfile

import cv2
import numpy as np
from mltu.annotations.images import CVImage
from mltu.preprocessors import ImageReader
from mltu.tensorflow.dataProvider import DataProvider

folder = pathlib.Path(tempfile.mkdtemp())
for number in range(4):
    cv2.imwrite(str(folder / f"{number}.jpg"), np.random.randint(0, 255, (32, 32, 3), np.uint8))
pairs = [[str(folder / f"{number}.jpg"), number] for number in range(4)]


def provider(*, shuffle=False):
    reader = [ImageReader(CVImage)]
    return DataProvider(list(pairs), data_preprocessors=reader, batch_size=2, shuffle=shuffle)


def answer(loader, index):
    try:
        return f"labels {loader[index][1]}"
    except Exception as error:  # noqa: BLE001 - which one is the question
        return f"{type(error).__name__}: {error}"


print("loader[1] of a new loader: labels [2 3] expected;", answer(provider(), 1))
loader = provider()
loader[0]
print("loader[2] of two batches: IndexError expected;", answer(loader, 2))
shuffled = [[int(one) for batch in provider(shuffle=True) for one in batch[1]] for _ in range(20)]
print("first epochs of 20 that shuffle: many orders expected;", *sorted(set(map(str, shuffled))))
with multiprocessing.get_context("fork").Pool(1) as pool:
    said = pool.apply(answer, (provider(), 1))
print("loader[1] in a worker that has read nothing: labels [2 3] expected;", said)
try:
    print("it is pickled after a read:", len(pickle.dumps(loader)), "bytes")
except AttributeError as error:
    print("it is pickled after a read: bytes expected;", error)


class Interrupted:
    """Data during whose conversion somebody presses Control-C."""

    def numpy(self):
        """Convert for ever, until somebody presses it."""
        raise KeyboardInterrupt


loader = DataProvider([["a", 0]], data_preprocessors=[lambda *pair: pair], numpy=True)
try:
    loader.process_data((Interrupted(), 0))
    print("Control-C while data is converted: KeyboardInterrupt expected; it goes on")
except KeyboardInterrupt:
    print("Control-C while data is converted ends the read")
data = (folder / "0.jpg").read_bytes()
(folder / "0.jpg").write_bytes(data[: len(data) * 8 // 10])
print("a file cut short: [1] or an error expected;", answer(provider(), 0))
(folder / "0.jpg").unlink()
print("a missing file: [1] expected;", answer(provider(), 0))
for number in range(2):
    (folder / f"{number}.jpg").write_bytes(b"no picture")
print("nothing but unreadable files: an error expected;", answer(provider(), 0))

CONFIRMS = [
    "protocol.bounds",
    "purity.order-free",
    "shuffling.uniform",
    "faults.bad-sample",
    "faults.no-silent-blank",
    "workers.no-loss",
    "workers.start-methods",
    "pickling.mid-epoch",
    "faults.interrupt",
]
