"""Show without refloader that HDF5ImageGenerator has no end, shuffles with numpy.random, and not at first."""

import tempfile
from pathlib import Path

import h5py
import numpy as np
from h5imagegenerator import HDF5ImageGenerator

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "images.h5")
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros((40, 8, 8, 3), "uint8")
        file["labels"] = np.arange(40)
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    loader = HDF5ImageGenerator(str(path), num_classes=40, batch_size=2, shuffle=True)
    first = [np.argmax(row) for index in range(len(loader)) for row in loader[index][1]]
    print(
        "rows of the first epoch are not in their order: True expected;", first != list(range(40))
    )
    loader.on_epoch_end()
    after = np.random.get_state()[1].tolist()
    print("numpy.random is untouched: True expected;", before == after)
    print("rows of the batch past the end: IndexError expected;", len(loader[len(loader)][0]))

CONFIRMS = ["protocol.bounds", "shuffling.global-rng", "shuffling.uniform"]
