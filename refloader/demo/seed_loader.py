"""The loader that refloader grew from, with its faults: do not use it.

An engineer's note on `fit_generator` offers it as the cure for generators in worker processes. It
is written anew here, and each fault is kept: they are marked by a comment.
"""

from __future__ import annotations

import traceback
from typing import Any, Iterator, Tuple

import numpy as np
import pandas as pd
from PIL import Image

from refloader.demo.reference_loader import IMAGE_SIZE


class SeedLoader:
    """Image files in batches, as the note has them: right at first sight.

    frame -- columns path and label (class indexes); classes -- how many there are
    """

    def __init__(self, frame: pd.DataFrame, classes: int, batch_size: int) -> None:
        self.classes = classes
        self.batch_size = batch_size
        # A leftover of trying things out: all files after the first 100 are ignored.
        some = frame.iloc[:100]
        # The order is drawn here once, from the state of the whole process, and never again.
        self.rows = some.sample(frac=1).reset_index(drop=True)

    def __len__(self) -> int:
        # Floor division: the last partial batch is never asked for.
        return len(self.rows) // self.batch_size

    def __getitem__(self, index: int) -> Tuple[np.ndarray, np.ndarray]:
        start = index * self.batch_size
        rows = self.rows.iloc[start : start + self.batch_size]
        assert len(rows) == self.batch_size  # noqa: S101 - as in the note
        pictures = np.zeros((self.batch_size, *IMAGE_SIZE, 3), "float32")
        for place, path in enumerate(rows["path"]):
            try:
                pictures[place] = load(path)
            except Exception:  # noqa: BLE001, PERF203
                # The picture stays black, and goes on with its label.
                traceback.print_exc()
        return pictures, np.eye(self.classes, dtype="float32")[rows["label"].to_numpy()]

    def __iter__(self) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        return (self[index] for index in range(len(self)))


def load(path: str) -> np.ndarray:
    """Return the picture in a file: float32 (height, width, 3), 0..1."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize(IMAGE_SIZE)
        return np.asarray(small, "float32") / 255.0


def make(samples: Any, batch_size: int, seed: int) -> SeedLoader:  # noqa: ARG001 - it takes no seed
    """Build the seed's loader, as ``refloader check`` asks for it."""
    return SeedLoader(samples.frame, samples.n_classes, batch_size)
