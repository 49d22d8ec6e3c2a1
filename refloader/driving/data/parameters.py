"""What a data set is asked to be: checked before anything is made of it."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

import numpy as np

from refloader.arguments import whole
from refloader.driving.data.image_files import SPAN


def feature_dtype(dtype: str) -> np.dtype[Any]:
    """Return the dtype of feature vectors, or raise ValueError for one that cannot hold them."""
    chosen = np.dtype(dtype)
    if chosen.kind != "f" and chosen != np.uint8:
        raise ValueError(f"dtype must be uint8 or a float, got {dtype!r}")
    return chosen


def height_and_width(size: Sequence[int], least: int) -> Tuple[int, int]:
    """Return a size of at least so many pixels, or raise TypeError or ValueError."""
    if not isinstance(size, (tuple, list)) or len(size) != 2:  # noqa: PLR2004 - two axes
        raise TypeError(f"image_size must be (height, width), got {size!r}")
    height, width = (whole("image_size", pixels, least, SPAN) for pixels in size)
    return height, width
