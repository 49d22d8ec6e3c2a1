"""Read a picture that was turned, sheared, zoomed or seen at an angle: by the four sides of its frame.

On each of some lines across the picture the frame begins where white first turns to black. A straight
line through most of these points is a side; where two sides meet is a corner, and between the four corners
lie the cells. A side that a shift has put out of the picture is as far from its opposite as the others are.
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
_AT_THE_BORDER = 0.08  # of the picture's side: no farther inside is what is out of it in part
_DRAWN = 0.78  # of the picture's side is the frame's
_NEAR = 0.8  # pixels from its line
_STEEPEST = 0.9  # columns a row: what is turned by less than 40 degrees, or sheared

#: A side as slope and offset (n,), and whether it is known.
Line = Tuple[np.ndarray, np.ndarray, np.ndarray]
_KNOWN = 8  # points make a side
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
    for polarity, filled in itertools.product((levels, 1 - levels), (True, False)):
        unread = np.flatnonzero(found < 0)
        if not unread.size:
            break
        corners, square = _corners(polarity[unread], filled=filled)
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


def _corners(levels: np.ndarray, *, filled: bool) -> Tuple[np.ndarray, np.ndarray]:
    """Return the corners (n, 2, 2, 2) as [down][across] -> (row, column), and where they make a frame.

    filled -- whether black at the border is what was left empty, and not the frame
    """
    height, width = levels.shape[1:]
    upright = levels.transpose(0, 2, 1)
    across = _opposites(levels, width, filled=filled)
    down = _opposites(upright, height, filled=filled)
    across, down = (
        _completed(across, _chord(down, width, height) * width / height, height, width),
        _completed(down, _chord(across, height, width) * height / width, width, height),
    )
    corners = np.stack(
        [np.stack([_meeting(one, other) for other in across], axis=1) for one in down],
        axis=1,
    )
    return np.nan_to_num(corners), _is_frame(corners, height, width)


def _opposites(levels: np.ndarray, width: int, *, filled: bool) -> Tuple[Line, Line]:
    """Return the left side of the frame and the right one."""
    right = _side(levels[:, :, ::-1], filled=filled)
    return _side(levels, filled=filled), (-right[0], width - 1 - right[1], right[2])


def _chord(sides: Tuple[Line, Line], along: int, apart: int) -> np.ndarray:
    """Return how far two opposite sides are from each other in the middle of the picture.

    As far as when it was drawn, and turned as the known one is, where one of them is not known.
    """
    middle = (along - 1) / 2
    first, last = (slope * middle + offset for slope, offset, _ in sides)
    tilt = np.where(sides[0][2], sides[0][0], sides[1][0])
    both = sides[0][2] & sides[1][2]
    return np.asarray(np.where(both, last - first, _DRAWN * apart * np.hypot(1, tilt)))


def _completed(
    sides: Tuple[Line, Line], chord: np.ndarray, along: int, apart: int
) -> Tuple[Line, Line]:
    """Return opposite sides, one that is out of the picture as far from the other as the other two are."""
    first, last = sides
    middle = (along - 1) / 2
    inside = _AT_THE_BORDER * apart
    before = last[0] * middle + last[1] - chord
    behind = first[0] * middle + first[1] + chord
    return (
        _beside(first, last, -chord, before < inside),
        _beside(last, first, chord, behind > apart - 1 - inside),
    )


def _beside(side: Line, opposite: Line, distance: np.ndarray, outside: np.ndarray) -> Line:
    """Return a side, or where it is not known, but outside of the picture, its opposite moved so far."""
    slope, offset, known = side
    moved = ~known & opposite[2] & outside
    return (
        np.where(moved, opposite[0], slope),
        np.where(moved, opposite[1] + distance, np.where(known, offset, np.nan)),
        known,
    )


def _side(levels: np.ndarray, *, filled: bool) -> Line:
    """Return the left side of the frame: column = slope * row + offset."""
    height = levels.shape[1]
    middle = (height - 1) / 2
    rows = np.unique(
        np.rint(np.linspace(middle - _REACH * height, middle + _REACH * height, _LINES))
    )
    profiles = levels[:, rows.astype(np.intp)]
    # White is put before the first pixel: a crop may have left no margin.
    padded = np.concatenate([np.ones_like(profiles[:, :, :1]), profiles], axis=2)
    falls = (padded[:, :, :-1] >= 0.5) & (padded[:, :, 1:] < 0.5)  # noqa: PLR2004 - half way
    if filled:
        # Then the frame is where white turns to black again.
        falls[:, :, 0] &= ~falls[:, :, 1:].any(axis=2)
    first = falls.argmax(axis=2)
    every, line = np.ogrid[: len(levels), : len(rows)]
    white, black = padded[every, line, first], padded[every, line, first + 1]
    columns = first - 1 + (white - 0.5) / np.maximum(white - black, 1e-3)
    # Where black comes first, this part of the side is out of the picture.
    columns[first == 0] = np.inf
    return _through(rows, columns)


def _through(rows: np.ndarray, columns: np.ndarray) -> Line:
    """Return the line near most of the points (n, k): of those through any two, moved among what is near it."""
    one, other = np.triu_indices(len(rows), 1)
    with np.errstate(invalid="ignore"):
        slopes = (columns[:, other] - columns[:, one]) / (rows[other] - rows[one])
        offsets = columns[:, one] - slopes * rows[one]
        apart = columns[:, None] - slopes[..., None] * rows - offsets[..., None]
        near = (np.abs(apart) <= _NEAR) & (np.abs(slopes) <= _STEEPEST)[..., None]
    best = near.sum(axis=2).argmax(axis=1)
    every = np.arange(len(columns))
    chosen = near[every, best]
    return (*_fitted(rows, columns, chosen), chosen.sum(axis=1) >= _KNOWN)


def _fitted(
    rows: np.ndarray, columns: np.ndarray, near: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Return the lines through those points (n, k) that are near, by least squares."""
    count = np.maximum(near.sum(axis=1), 1)
    found = np.where(near, columns, 0)
    middle, mean = (near * rows).sum(axis=1) / count, found.sum(axis=1) / count
    away = near * (rows - middle[:, None])
    spread = (away**2).sum(axis=1)
    slope = (away * found).sum(axis=1) / np.where(spread, spread, np.inf)
    return slope, mean - slope * middle


def _meeting(flat: Line, upright: Line) -> np.ndarray:
    """Return where row = a * column + b meets column = c * row + d, as (n, 2)."""
    (a, b, _), (c, d, _) = flat, upright
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
