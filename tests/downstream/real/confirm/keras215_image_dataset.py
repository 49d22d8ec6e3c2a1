"""Show without refloader what image_dataset_from_directory of Keras 2.15 breaks."""

import multiprocessing
import pathlib
import tempfile

import numpy as np
import tensorflow as tf
from PIL import Image

folder = pathlib.Path(tempfile.mkdtemp())
for number in range(4):
    (folder / str(number % 2)).mkdir(exist_ok=True)
    picture = Image.fromarray(np.random.randint(0, 255, (32, 32, 3), np.uint8))
    picture.save(folder / str(number % 2) / f"{number}.jpg")


def dataset():
    made = tf.keras.utils.image_dataset_from_directory(
        str(folder), image_size=(32, 32), batch_size=4, shuffle=False
    )
    return iter(made.repeat())


for read_before in (False, True):
    stream = dataset()
    if read_before:
        next(stream)
    child = multiprocessing.get_context("fork").Process(target=next, args=(stream,), daemon=True)
    child.start()
    child.join(15)
    state = "still running" if child.is_alive() else f"exit code {child.exitcode}"
    print(f"next() in a fork (parent read first: {read_before}): exit code 0 expected; {state}")
    child.kill()
broken = folder / "0" / "0.jpg"
broken.write_bytes(broken.read_bytes()[:300])
try:
    next(dataset())
    print("a truncated file: an error expected; none came")
except Exception as error:  # noqa: BLE001 - which one is the question
    print("the error names the file: True expected;", "0.jpg" in str(error))

CONFIRMS = [
    "generator.no-silent-copies",
    "faults.bad-sample",
]
