"""A loader of image files for Keras, to change into your own."""

from __future__ import annotations

import numpy as np
from PIL import Image

IMAGE_SIZE = (32, 32)


class Loader:
    """Batches of pictures and class indexes: what an index gives depends on nothing but the index.

    paths -- image files; labels -- the class index of each; batch_size -- samples in a full batch
    """

    def __init__(self, paths, labels, batch_size):
        self.paths = list(paths)
        self.labels = np.array(labels)
        self.batch_size = batch_size

    def __len__(self):
        """Return the number of batches, the short one at the end included."""
        return -(-len(self.paths) // self.batch_size)

    def __getitem__(self, index):
        """Return x, float32 (rows, height, width, 3) in 0..1, and y, the class indexes (rows,)."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return np.stack([picture(path) for path in self.paths[rows]]), self.labels[rows].copy()


def picture(path):
    """Return one picture; a file that cannot be read is an error that names it."""
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB").resize(IMAGE_SIZE), "float32") / 255
    except OSError as error:
        raise OSError(f"cannot read {path}: {error}") from error
