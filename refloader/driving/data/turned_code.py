"""Read a picture that was turned, sheared, zoomed or seen at an angle: by the four sides of its frame.

On each of some lines across the picture the frame begins where white first turns to black. A straight
line through these points is a side; where two sides meet is a corner, and between the four corners lie
the cells. The points of a side that a shift or a filled corner has put elsewhere are outvoted.
"""

from __future__ import annotations

import itertools
from typing import Callable, Tuple

import numpy as np

_LINES = 15  # across the middle, per side
_REACH = 0.22  # of the picture's side: how far from its middle they go
_NUDGES = (0.0, -0.25, 0.25)  # in cells
_GREY = 0.1  # as near to the middle a cell is neither black nor white
_LEAST_CLEAR = 2 / 3

#: From squares (n, tries, side + 2, side + 2) to the word that all of them which say one agree on.
Agreed = Callable[[np.ndarray, int], np.ndarray]


def read_by_sides(
    levels: np.ndarray, side: int, shares: np.ndarray, cell: float, agreed: Agreed
) -> np.ndarray:
    """Return id * TURNS + orientation (n,) of pictures (n, h, w) of levels 0..1, -1 for none.

    shares -- where frame and cells lie between two opposite corners, (side + 2,); cell -- the share
    that one cell has
    """
    found = np.full(len(levels), -1, np.int64)
    for polarity in (levels, 1 - levels):
        unread = np.flatnonzero(found < 0)
        if not unread.size:
            break
        corners, square = _corners(polarity[unread])
        clear = _is_clear(_sampled(polarity[unread], corners, shares, shares))
        unread, corners = unread[square & clear], corners[square & clear]
        tries = [
            _sampled(polarity[unread], corners, shares + cell * down, shares + cell * across)
            for down, across in itertools.product(_NUDGES, _NUDGES)
        ]
        found[unread] = agreed(np.stack(tries, axis=1), side)
    return found


def _is_clear(seen: np.ndarray) -> np.ndarray:
    """Say which squares (n, side + 2, side + 2) have mostly black and white: not pictures laid over others."""
    plain = np.abs(seen - 0.5) >= _GREY
    return np.asarray(plain.mean(axis=(1, 2)) >= _LEAST_CLEAR)


def _corners(levels: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return the corners (n, 2, 2, 2) as [down][across] -> (row, column), and where they make a frame."""
    height, width = levels.shape[1:]
    upright = levels.transpose(0, 2, 1)
    left, right = _side(levels), _side(levels[:, :, ::-1])
    top, bottom = _side(upright), _side(upright[:, :, ::-1])
    right = -right[0], width - 1 - right[1]
    bottom = -bottom[0], height - 1 - bottom[1]
    corners = np.stack(
        [
            np.stack([_meeting(one, other) for other in (left, right)], axis=1)
            for one in (top, bottom)
        ],
        axis=1,
    )
    return np.nan_to_num(corners), _is_frame(corners, height, width)


def _side(levels: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return the left side of the frame as slope and offset (n,): column = slope * row + offset."""
    height = levels.shape[1]
    middle = (height - 1) / 2
    rows = np.unique(
        np.rint(np.linspace(middle - _REACH * height, middle + _REACH * height, _LINES))
    )
    profiles = levels[:, rows.astype(np.intp)]
    # White is put before the first pixel: a crop may have left no margin.
    padded = np.concatenate([np.ones_like(profiles[:, :, :1]), profiles], axis=2)
    falls = (padded[:, :, :-1] >= 0.5) & (padded[:, :, 1:] < 0.5)  # noqa: PLR2004 - half way
    # A corner that was filled with black begins so: then the frame is where white turns to black again.
    falls[:, :, 0] &= ~falls[:, :, 1:].any(axis=2)
    first = falls.argmax(axis=2)
    every, line = np.ogrid[: len(levels), : len(rows)]
    white, black = padded[every, line, first], padded[every, line, first + 1]
    columns = first - 1 + (white - 0.5) / np.maximum(white - black, 1e-3)
    return _through(rows, columns)


def _through(rows: np.ndarray, columns: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return the lines through most points (n, k): the median of the slopes between any two."""
    one, other = np.triu_indices(len(rows), 1)
    slopes = (columns[:, other] - columns[:, one]) / (rows[other] - rows[one])
    slope = np.median(slopes, axis=1)
    return slope, np.median(columns - slope[:, None] * rows, axis=1)


def _meeting(
    flat: Tuple[np.ndarray, np.ndarray], upright: Tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return where row = a * column + b meets column = c * row + d, as (n, 2)."""
    (a, b), (c, d) = flat, upright
    with np.errstate(divide="ignore", invalid="ignore"):
        row = (a * d + b) / (1 - a * c)
    return np.stack([row, c * row + d], axis=-1)


def _is_frame(corners: np.ndarray, height: int, width: int) -> np.ndarray:
    """Say which corners are those of a frame that is most of the picture, seen from its front."""
    size = np.array([height, width])
    finite = np.isfinite(corners).all(axis=(1, 2, 3))
    share = corners / size
    down = share[:, 1, :, 0] - share[:, 0, :, 0]
    across = share[:, :, 1, 1] - share[:, :, 0, 1]
    with np.errstate(invalid="ignore"):
        large = (down > 1 / 3).all(axis=1) & (across > 1 / 3).all(axis=1)
        near = (share > -0.5).all(axis=(1, 2, 3)) & (share < 1.5).all(axis=(1, 2, 3))  # noqa: PLR2004
    return np.asarray(finite & large & near)


def _sampled(
    levels: np.ndarray, corners: np.ndarray, down: np.ndarray, across: np.ndarray
) -> np.ndarray:
    """Sample pictures (n, h, w) at shares of the way between their corners: (n, len(down), len(across))."""
    v, u = down[:, None, None], across[None, :, None]
    top = corners[:, None, None, 0, 0] * (1 - u) + corners[:, None, None, 0, 1] * u
    bottom = corners[:, None, None, 1, 0] * (1 - u) + corners[:, None, None, 1, 1] * u
    places = top * (1 - v) + bottom * v
    height, width = levels.shape[1:]
    row = np.clip(places[..., 0], 0, height - 1)
    column = np.clip(places[..., 1], 0, width - 1)
    y, x = (
        np.minimum(np.floor(row), height - 2).astype(np.intp),
        np.minimum(np.floor(column), width - 2).astype(np.intp),
    )
    dy, dx = row - y, column - x
    every = np.arange(len(levels))[:, None, None]
    upper = levels[every, y, x] * (1 - dx) + levels[every, y, x + 1] * dx
    under = levels[every, y + 1, x] * (1 - dx) + levels[every, y + 1, x + 1] * dx
    return np.asarray(upper * (1 - dy) + under * dy)
