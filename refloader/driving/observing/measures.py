"""What is measured of each row of the leaf of x that shows the samples."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import numpy as np

from refloader.driving.data.vector_code import padded_steps
from refloader.driving.observing.picture_shapes import channel_axis

_COLOURS = 3
#: Values that differ by a smaller share of their span are alike: JPEG and rounding do as much.
_ALIKE = 0.02
#: The shares of pixels at which one channel is lighter, where it is (bars around a picture are grey), and
#: where it is not; and of how many pixels they are taken.
_MOST, _FEW = 0.4, 0.02
_ENOUGH_PIXELS = 256


def measured(array: Optional[np.ndarray], *, coded: bool) -> Dict[str, Any]:
    """Return it by its names in a `Batch`; nothing where there is no such leaf, or one of objects.

    coded -- whether the values are the suite's own code of the samples, whose scale and colours are known;
        not those of a user's data
    """
    if array is None or array.dtype.hasobject:
        return {}
    found = _steps(array)
    if coded and array.size and array.ndim and array.dtype.kind in "biuf":
        found.update(_scale(array), colours=_colours(array))
    return found


def _steps(array: np.ndarray) -> Dict[str, Any]:
    """Count the steps of each sequence that are no padding, and tell which are; nothing of any other array."""
    padded = padded_steps(array)
    if padded is None:
        return {}
    return {
        "steps": tuple(np.count_nonzero(~padded, axis=1).tolist()),
        "padding": tuple(tuple(np.flatnonzero(row).tolist()) for row in padded),
    }


def _scale(array: np.ndarray) -> Dict[str, Any]:
    rows = array.reshape(len(array), -1)
    spans = np.subtract(rows.max(axis=1), rows.min(axis=1), dtype=np.float64)
    levels = rows.mean(axis=1, dtype=np.float64)
    return {"spans": tuple(spans.tolist()), "levels": tuple(levels.tolist())}


def _colours(array: np.ndarray) -> Tuple[Tuple[int, ...], ...]:
    """Say of each row of pictures of three channels which of each two is lighter; () for any other array.

    It is so at every pixel: of luminance and chrominance one is lighter here and the other there.
    """
    axis = channel_axis(array.shape)
    if not axis or array.shape[axis] != _COLOURS:
        return ()
    values = np.moveaxis(array, axis, 1).reshape(len(array), _COLOURS, -1)
    pixels = values[:, :, :: max(1, values.shape[2] // _ENOUGH_PIXELS)].astype(np.float64)
    with np.errstate(invalid="ignore"):
        spans = np.ptp(pixels, axis=(1, 2))[:, None, None]
        gaps = pixels[:, [0, 0, 1]] - pixels[:, [1, 2, 2]]
        lighter, darker = ((sign * gaps > _ALIKE * spans).mean(axis=2) for sign in (1, -1))
    first, second = (lighter > _MOST) & (darker < _FEW), (darker > _MOST) & (lighter < _FEW)
    return tuple(tuple(row) for row in (first.astype(int) - second.astype(int)).tolist())
