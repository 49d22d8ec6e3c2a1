"""Pictures from files; the last short batch is left out on purpose."""

import numpy as np
from PIL import Image


class Pictures:
    def __init__(self, frame, batch_size):
        self.paths, self.labels = list(frame.path), np.array(frame.label)
        self.batch_size = batch_size

    def __len__(self):
        return len(self.paths) // self.batch_size

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return np.stack([self.read(path) for path in self.paths[rows]]), self.labels[rows].copy()

    def read(self, path):
        try:
            with Image.open(path) as picture:
                return np.asarray(picture.convert("RGB"), "float32") / 127.5 - 1
        except OSError as error:
            raise ValueError(f"{path} cannot be decoded") from error
