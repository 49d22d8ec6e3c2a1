"""Whether a mask lies where its picture does, or a few pixels beside it."""

from __future__ import annotations

from typing import Optional

import numpy as np

from refloader.driving.observing.picture_shapes import (
    channel_axis,
    class_pictures,
    unrolled,
)

#: So much alike they are where they fit, and so much less where the mask lies now. What has no likeness
#: to its picture, as a box around something, fits nowhere.
FITS, LESS = 0.65, 0.6
#: A share of the side: what fits farther away does so by chance.
FARTHEST = 0.25
#: What is looked at has at most so many pixels a row.
MOST_PIXELS = 1 << 16


def shifted(pictures: np.ndarray, masks: np.ndarray) -> Optional[np.ndarray]:
    """Say of each row, bool (n,), whether its mask fits its picture only when it is moved over it.

    None where the two cannot be laid over each other. Measured by their correlation at all offsets.
    """
    one, other = _plane(pictures), _plane(unrolled(masks))
    if one is None or other is None or one.shape != other.shape or one[0].size > MOST_PIXELS:
        return None
    alike = _alike(one, other)
    here = alike[:, 0, 0].copy()
    height, width = one.shape[1:]
    alike[:, _far(height)] = 0
    alike[:, :, _far(width)] = 0
    best = alike.max(axis=(1, 2))
    return np.asarray((best > FITS) & (here < LESS * best))


def _far(side: int) -> np.ndarray:
    """Say which offsets are too far, bool (side,); those past the middle are offsets to the other side."""
    offsets = np.arange(side)
    return np.asarray(np.minimum(offsets, side - offsets) > FARTHEST * side)


def _plane(array: np.ndarray) -> Optional[np.ndarray]:
    """Return pictures without their channels, float (n, height, width), None where there are none."""
    classes = class_pictures(array)
    if classes is not None:
        return classes.astype(np.float64)
    axis = channel_axis(array.shape) if array.dtype.kind in "biuf" and len(array) else None
    if axis is None:
        return None
    plane = array.astype(np.float64)
    return np.nan_to_num(plane.mean(axis=axis) if axis else plane)


def _alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how alike they are at each offset, from 0 to 1, whichever of them is the other's negative."""
    one, other = (plane - plane.mean(axis=(1, 2), keepdims=True) for plane in (one, other))
    norms = np.sqrt((one**2).sum(axis=(1, 2)) * (other**2).sum(axis=(1, 2)))
    products = np.fft.rfft2(one) * np.conj(np.fft.rfft2(other))
    found = np.abs(np.fft.irfft2(products, s=one.shape[1:]))
    return np.asarray(found / np.maximum(norms, np.finfo(float).tiny)[:, None, None])
