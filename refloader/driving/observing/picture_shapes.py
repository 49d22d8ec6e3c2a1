"""Which arrays are pictures, by their shape and by what is in them."""

from __future__ import annotations

from typing import Iterator, List, Optional, Tuple

import numpy as np

MIN_SIZE = 10
"""Pictures with fewer rows or columns (pixels) are not read."""

_CHANNELS = (1, 3, 4)
_MOST_CLASSES = 64
"""Of more channels a picture is no mask of classes, one channel each."""


def channel_axis(shape: Tuple[int, ...]) -> Optional[int]:
    """Return the channel axis of a batch of pictures (0: it has none), None if it is no such."""
    if len(shape) == 3:  # noqa: PLR2004 - rows, height, width
        axis, spatial = 0, shape[1:]
    elif len(shape) == 4 and shape[3] in _CHANNELS:  # noqa: PLR2004 - and channels
        axis, spatial = 3, shape[1:3]
    elif len(shape) == 4 and shape[1] in _CHANNELS:  # noqa: PLR2004
        axis, spatial = 1, shape[2:]
    else:
        return None
    return axis if min(spatial) >= MIN_SIZE else None


def unflattened(values: np.ndarray) -> Optional[np.ndarray]:
    """Return rows of as many values as a square picture has as pictures, grey or of three colours."""
    for channels in (1, 3) if values.ndim == 2 else ():  # noqa: PLR2004 - rows and values
        size = round((values.shape[1] / channels) ** 0.5)
        if size >= MIN_SIZE and size * size * channels == values.shape[1]:
            return values.reshape(len(values), size, size, channels)
    return None


def unrolled(values: np.ndarray) -> np.ndarray:
    """Return maps of classes whose pixels are in one row, (rows, height * width, classes), as pictures.

    So many models of segmentation take them. What is no square stays as it is.
    """
    if values.ndim == 3:  # noqa: PLR2004 - rows, pixels and classes
        size = round(values.shape[1] ** 0.5)
        if size >= MIN_SIZE and size * size == values.shape[1] and values.shape[2] <= _MOST_CLASSES:
            return values.reshape(len(values), size, size, values.shape[2])
    return values


def stacks(values: np.ndarray) -> Iterator[List[np.ndarray]]:
    """Yield the pictures that clips (n, frames, h, w, c) or volumes (n, h, w, slices, c) may be stacks of."""
    for axis in (1, 3) if values.ndim == 5 else ():  # noqa: PLR2004 - rows and four more
        pictures = [np.take(values, place, axis=axis) for place in range(values.shape[axis])]
        if pictures and channel_axis(pictures[0].shape) is not None:
            yield pictures


def class_pictures(values: np.ndarray) -> Optional[np.ndarray]:
    """Return where class 0 is, bool (n, h, w), in pictures of one-hot classes; None for any other.

    Of a segmentation mask all channels together are the same at every pixel: what shows the sample
    is where one class is. `values` is (n, h, w, classes) or (n, classes, h, w).
    """
    for axis in (3, 1) if values.ndim == 4 else ():  # noqa: PLR2004 - rows, height, width, classes
        height_width = np.delete(values.shape, (0, axis))
        fits = 1 < values.shape[axis] <= _MOST_CLASSES and min(height_width) >= MIN_SIZE
        if fits and values.size and _is_one_hot(values, axis):
            return np.asarray(np.take(values, 0, axis=axis) != 0)
    return None


def _is_one_hot(values: np.ndarray, axis: int) -> bool:
    chosen = values != 0
    return bool((chosen.sum(axis=axis) == 1).all() and np.unique(values[chosen]).size == 1)
