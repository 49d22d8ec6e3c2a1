"""HDF5ImageGenerator of h5imagegenerator, shuffled."""

import uuid
from pathlib import Path

import h5py
from h5imagegenerator import HDF5ImageGenerator


def make(samples, batch_size, seed):
    path = Path(samples.directory, f"{uuid.uuid4().hex}.h5")
    with h5py.File(path, "w", libver="latest") as file:
        file["images"] = samples.images
        file["labels"] = samples.arrays.y
    return HDF5ImageGenerator(
        str(path), num_classes=samples.n_classes, batch_size=batch_size, shuffle=True
    )


PYTHON = "3.10"
REQUIRES = [
    "h5imagegenerator==1.2.9",
    "h5py",
    "albumentations==1.3.1",
    "opencv-python-headless==4.9.0.80",
    "tensorflow-cpu==2.15.1",
    "numpy<2",
    "pandas<2.3",
]
DISTRIBUTION = "h5imagegenerator"
POLICY = {"shuffle": True, "samples": "arrays"}
EXPECTED = {
    "protocol.bounds": "past the end it gives an empty batch",
    "shuffling.uniform": "it shuffles at the end of each epoch, and reads the first in the order of the file",
    "shuffling.global-rng": "it shuffles with numpy.random",
}
