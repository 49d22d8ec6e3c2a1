"""Show without refloader that HDF5ImageGenerator has no end and shuffles with numpy.random."""

import tempfile
from pathlib import Path

import h5py
import numpy as np
from h5imagegenerator import HDF5ImageGenerator

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "images.h5")
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros((5, 8, 8, 3), "uint8")
        file["labels"] = np.arange(5)
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    loader = HDF5ImageGenerator(str(path), num_classes=5, batch_size=2, shuffle=True)
    loader.on_epoch_end()
    after = np.random.get_state()[1].tolist()
    print("numpy.random is untouched: True expected;", before == after)
    print("rows of the batch past the end: IndexError expected;", len(loader[len(loader)][0]))

CONFIRMS = ["protocol.bounds", "shuffling.global-rng"]
