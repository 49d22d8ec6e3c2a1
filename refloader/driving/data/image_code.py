"""Pictures that carry a sample's id, and the reader that finds it after a loader's work.

From outside to inside a picture is a white margin (which a crop may eat), a black frame (which
says where the cells are) and the square of black and white cells of `codewords`. All is read
relative to the picture's own darkest and lightest value, so any scaling of values is fine.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from refloader.driving.data.codewords import (
    CAPACITY,
    TURNS,
    check_side,
    codebook,
    lookup,
    to_patterns,
)
from refloader.driving.data.turned_code import read_by_sides
from refloader.driving.observing.picture_shapes import MIN_SIZE, channel_axis

#: One way of reading levels (n, h, w) of pictures of a side: id * TURNS + orientation (n,), -1 for none.
Way = Callable[[np.ndarray, int], np.ndarray]

DEFAULT_SIDE = 6
# Shares of the picture's side. A margin above 0.1 survives a crop of 10 %; the rest was chosen by
# measuring which split still reads at 16 x 16 pixels under every resampling filter.
_MARGIN = 0.11
_FRAME = 0.07
_INSIDE = 1 - 2 * _MARGIN

_AMBIGUOUS = 0.1  # A cell this near to the middle is neither black nor white: mixed pictures.
_EVEN = 0.1  # Of one colour, but for what JPEG makes of it.
_ENOUGH_PIXELS = 48  # Larger pictures are thinned out to about this: reading stays cheap.
_NUDGE = 0.2  # How far, in cells, the frame may be misjudged; tried when the first look fails.
_COLOURS = 3
#: Undone are histograms that were evened out, logarithms and high powers; how far it bends, by measuring.
_BENDS = (2.0, 5.0, -5.0)
_AT_ONCE = 64  # Pictures decoded in one go: what fits a processor's cache.


def encode_image(
    sample_id: int, size: Union[int, Tuple[int, int]] = 32, *, side: int = DEFAULT_SIDE
) -> np.ndarray:
    """Draw the picture of one sample.

    `sample_id` is in 0..CAPACITY[side]-1; `size` in pixels is a side or (height, width), at least
    16 for side 6 and 24 for side 8. Returns uint8 (height, width), black 0 and white 255.
    Raises ValueError for an id or side outside the code.
    """
    return np.asarray(encode_images([sample_id], size, side=side)[0])


def encode_images(
    ids: Union[Sequence[int], np.ndarray],
    size: Union[int, Tuple[int, int]] = 32,
    *,
    side: int = DEFAULT_SIDE,
) -> np.ndarray:
    """Draw one picture per id: uint8 (n, height, width); otherwise as `encode_image`."""
    wanted = np.asarray(ids, np.int64).reshape(-1)
    check_side(side)
    if wanted.size and not 0 <= wanted.min() <= wanted.max() < CAPACITY[side]:
        raise ValueError(f"ids for side {side} must be in 0..{CAPACITY[side] - 1}, got {ids!r}")
    height, width = (size, size) if isinstance(size, (int, np.integer)) else size
    modules = np.ones((wanted.size, side + 4, side + 4), np.float32)
    modules[:, 1:-1, 1:-1] = 0
    modules[:, 2:-2, 2:-2] = codebook(side).cells[wanted]
    drawn = _coverage(height, side) @ modules @ _coverage(width, side).T
    return np.asarray(np.rint(255 * drawn), np.uint8)


def decode_images(batch: Any, *, side: int = DEFAULT_SIDE) -> np.ndarray:
    """Read the id of each picture of a batch.

    `batch` is (n, h, w), (n, h, w, c) or (n, c, h, w) with c in 1, 3, 4, any real dtype and scale.
    Returns int64 (n,), -1 where a row is not the picture of exactly one sample.
    Raises ValueError if the shape is none of these, or the side is unknown.
    """
    return decode_turned(batch, side=side) // TURNS


def decode_turned(batch: Any, *, side: int = DEFAULT_SIDE) -> np.ndarray:
    """Read of each picture id * TURNS + in which of its orientations it lies; otherwise as `decode_images`."""
    check_side(side)
    values = np.asarray(batch)
    axis = channel_axis(values.shape)
    if axis is None:
        raise ValueError(f"expected a batch of pictures, got shape {values.shape}")
    parts = [values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE)]
    with np.errstate(invalid="ignore", over="ignore"):
        found = [_decode_part(part, axis, side) for part in parts]
    return np.concatenate([np.zeros(0, np.int64), *found])


def _decode_part(part: np.ndarray, axis: int, side: int) -> np.ndarray:
    """Read the average of the channels, and where that says nothing each channel by itself.

    Of colours as hue, saturation and value one channel shows the picture. Channels that show two are a mixture.
    """
    found = _decode(_grey(part, axis), side)
    unread = np.flatnonzero(found < 0)
    if axis and len(unread) and part.shape[axis] == _COLOURS:
        channels = np.split(np.take(part, unread, axis=0), _COLOURS, axis=axis)
        each = np.stack([_decode(_grey(one, axis), side, _STRAIGHT) for one in channels], axis=1)
        best = each.max(axis=1)
        found[unread] = np.where(((each == best[:, None]) | (each < 0)).all(axis=1), best, -1)
    return found


def _decode(grey: np.ndarray, side: int, ways: Optional[Tuple[Way, ...]] = None) -> np.ndarray:
    """Return id * TURNS + orientation (n,) of grey pictures (n, h, w), -1 for none."""
    levels, usable = _levels(grey)
    found = np.full(len(grey), -1, np.int64)
    for way in ways or _WAYS:
        unread = np.flatnonzero(usable & (found < 0))
        if not unread.size:
            break
        found[unread] = way(levels[unread], side)
    return found


def _read_nudged(levels: np.ndarray, side: int) -> np.ndarray:
    return _read(levels, side, nudges=(0.0, -_NUDGE, _NUDGE))


def _read_inverted(levels: np.ndarray, side: int) -> np.ndarray:
    return _read(1 - levels, side)


def _read_toned(levels: np.ndarray, side: int) -> np.ndarray:
    """Read what was made lighter or darker along a curve, as by a logarithm, along the opposite one."""
    found = np.full(len(levels), -1, np.int64)
    for bend in _BENDS:
        unread = np.flatnonzero(found < 0)
        found[unread] = _read_nudged(np.expm1(bend * levels[unread]) / np.expm1(bend), side)
    return found


def _read_turned(levels: np.ndarray, side: int) -> np.ndarray:
    shares = _shares(side)
    return read_by_sides(levels, side, shares, shares[2] - shares[1], agreed)


def _read_inside(levels: np.ndarray, side: int) -> np.ndarray:
    """Read what is left of each picture without bars around it."""
    found = np.full(len(levels), -1, np.int64)
    shaped: Dict[Tuple[int, ...], List[int]] = {}
    inside = [_without_bars(one) for one in levels]
    for row, one in enumerate(inside):
        shaped.setdefault(one.shape, []).append(row)
    for shape, rows in shaped.items():
        if shape != levels.shape[1:] and min(shape) >= MIN_SIZE:
            found[rows] = _read(np.stack([inside[row] for row in rows]), side)
    return found


def _without_bars(levels: np.ndarray) -> np.ndarray:
    """Cut off what is of one colour from edge to edge: the bars of a letterbox, and margins."""
    for _ in range(2):  # rows, and then columns
        drawn = np.flatnonzero(np.ptp(levels, axis=1) > _EVEN)
        levels = levels[drawn[0] : drawn[-1] + 1].T if drawn.size else levels[:0]
    return levels


@functools.lru_cache(maxsize=32)
def _coverage(size: int, side: int) -> np.ndarray:
    """Return which share of each pixel (rows) each module (columns) covers along one axis."""
    cells = np.linspace(_MARGIN + _FRAME, 1 - _MARGIN - _FRAME, side + 1)
    edges = size * np.concatenate([[0, _MARGIN], cells, [1 - _MARGIN, 1]])
    pixels = np.arange(size)[:, None]
    inside = np.minimum(pixels + 1, edges[1:]) - np.maximum(pixels, edges[:-1])
    return np.asarray(np.maximum(inside, 0), np.float32)


def _grey(values: np.ndarray, axis: int) -> np.ndarray:
    """Thin a batch out and average its colour channels: float32 (n, h, w)."""
    if axis == 1:
        values = np.moveaxis(values, 1, 3)
    down, across = (max(1, pixels // _ENOUGH_PIXELS) for pixels in values.shape[1:3])
    thinned = values[:, down // 2 :: down, across // 2 :: across]
    if axis:
        thinned = thinned[..., :3]
        return np.asarray(thinned.mean(axis=3, dtype=np.float32))
    return np.asarray(thinned, np.float32)


def _levels(grey: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Scale each picture to 0..1, and say which have finite values and any contrast."""
    dark, light = grey.min(axis=(1, 2)), grey.max(axis=(1, 2))
    usable = np.isfinite(grey).all(axis=(1, 2))
    with np.errstate(over="ignore"):
        contrast = light - dark
    # What lies so far apart, as in memory that nobody has written to, has none that can be told.
    usable &= np.isfinite(contrast)
    usable &= contrast > 1e-3 * np.maximum(np.abs(light), np.abs(dark))
    contrast = np.where(usable, contrast, 1)[:, None, None]
    return (grey - dark[:, None, None]) / contrast, usable


def _read(levels: np.ndarray, side: int, nudges: Tuple[float, ...] = (0.0,)) -> np.ndarray:
    """Read id * TURNS + orientation (n,), trying each combination of nudges of the four frame edges."""
    count, height, width = levels.shape
    if not count:
        return np.zeros(0, np.int64)
    tries = len(nudges) ** 2
    middle_rows = levels[:, _middle(height)]
    middle_columns = levels[:, :, _middle(width)]
    rows = _centres(middle_columns.mean(axis=2), side, nudges)
    columns = _centres(middle_rows.mean(axis=1), side, nudges)
    seen = _interpolate(_interpolate(levels, rows).transpose(0, 2, 1), columns)
    seen = seen.reshape(count, tries, side + 2, tries, side + 2).transpose(0, 3, 1, 4, 2)
    return agreed(seen.reshape(count, tries * tries, side + 2, side + 2), side)


def _middle(pixels: int) -> slice:
    """Return the part of an axis that lies inside the frame whatever was cropped."""
    return slice(pixels * 3 // 10, pixels - pixels * 3 // 10)


def _centres(profile: np.ndarray, side: int, nudges: Tuple[float, ...]) -> np.ndarray:
    """Return where frame and cells lie along an axis: pixel positions (n, tries * (side + 2))."""
    first = _frame_edge(profile)
    last = profile.shape[1] - _frame_edge(profile[:, ::-1])
    cell = (last - first) * (_INSIDE - 2 * _FRAME) / _INSIDE / side
    shares = _shares(side)
    tries = []
    for low, high in itertools.product(nudges, nudges):
        start, end = first + low * cell, last + high * cell
        tries.append(start[:, None] + (end - start)[:, None] * shares)
    return np.concatenate(tries, axis=1) - 0.5


def _shares(side: int) -> np.ndarray:
    """Return where frame and cells lie between the outer edges of the frame: (side + 2,)."""
    inner = _FRAME + (_INSIDE - 2 * _FRAME) * (np.arange(side) + 0.5) / side
    return np.asarray(np.concatenate([[_FRAME / 2], inner, [_INSIDE - _FRAME / 2]]) / _INSIDE)


def _frame_edge(profile: np.ndarray) -> np.ndarray:
    """Return where each profile (n, pixels) first falls from white to black, in pixels."""
    # A crop may have left no margin at all: white is put before the first pixel.
    padded = np.concatenate([np.ones_like(profile[:, :1]), profile], axis=1)
    after = np.maximum(np.argmax(padded < 0.5, axis=1), 1)  # noqa: PLR2004 - half way
    every = np.arange(len(padded))
    white, black = padded[every, after - 1], padded[every, after]
    return np.asarray(after - 1.5 + (white - 0.5) / np.maximum(white - black, 1e-3))


def _interpolate(levels: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Sample pictures (n, h, w) at real row positions (n, k): (n, k, w)."""
    last = levels.shape[1] - 1
    below = np.clip(np.floor(positions), 0, last - 1).astype(np.intp)
    share = np.clip(positions - below, 0, 1).astype(np.float32)[:, :, None]
    every = np.arange(len(levels))[:, None]
    return np.asarray(levels[every, below] * (1 - share) + levels[every, below + 1] * share)


def agreed(seen: np.ndarray, side: int) -> np.ndarray:
    """Return what the squares sampled of each picture (n, tries, side + 2, side + 2) say, -1 if they differ."""
    found = _look_up(seen, side)
    best = found.max(axis=1)
    alike = ((found == best[:, None]) | (found < 0)).all(axis=1)
    return np.where(alike, best, -1)


def _look_up(seen: np.ndarray, side: int) -> np.ndarray:
    """Return what sampled squares (..., side + 2, side + 2), frame included, say; -1 if unclear."""
    sides = (seen[..., 0, :], seen[..., -1, :], seen[..., 0], seen[..., -1])
    framed = np.stack([line.mean(axis=-1) for line in sides]).max(axis=0) < 0.5  # noqa: PLR2004
    cells = seen[..., 1:-1, 1:-1]
    clear = (np.abs(cells - 0.5) >= _AMBIGUOUS).all(axis=(-2, -1))
    found = lookup(to_patterns(cells > 0.5), side)  # noqa: PLR2004
    return np.where(framed & clear, found, -1)


_STRAIGHT: Tuple[Way, ...] = (_read, _read_nudged)
#: From cheap to dear: each way is for what those before it could not read.
_WAYS: Tuple[Way, ...] = (*_STRAIGHT, _read_inverted, _read_inside, _read_turned, _read_toned)
