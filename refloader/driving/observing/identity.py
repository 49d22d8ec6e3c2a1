"""Which sample is it? The ids that a delivered batch carries in its payload."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from refloader.driving.data.codewords import TURNS
from refloader.driving.data.image_code import (
    DEFAULT_SIDE,
    decode_images,
    decode_turned,
    encode_image,
)
from refloader.driving.data.vector_code import (
    decode_sequences,
    decode_vectors,
    encode_vector,
    is_sequence_batch,
    is_vector_batch,
)
from refloader.driving.observing.nest import arrays_of
from refloader.driving.observing.picture_shapes import (
    channel_axis,
    class_pictures,
    stacks,
    unflattened,
)

__all__ = [
    "decode_images",
    "decode_vectors",
    "encode_image",
    "encode_vector",
    "identify_leaf",
    "identify_leaves",
    "read_leaf",
    "sample_ids",
]

Ids = List[Optional[int]]
_MASK_VALUES = 2  # An object and what is around it.


class Reading(NamedTuple):
    """What one array of a batch says of each row.

    ids -- the sample, None for none; turns -- in which of eight orientations its picture lies, None
    where it is no picture; mask -- whether the pictures are masks: of classes, or of two values each;
    colours -- whether they have several channels.
    """

    ids: Ids
    turns: Ids
    mask: bool
    colours: bool = False


def sample_ids(x: Any, *, side: int = DEFAULT_SIDE) -> Ids:
    """Return which sample each row of a batch is, by the first leaf of `x` that tells.

    `x` is an array (n, ...) of pictures or vectors, or a nest (dict, tuple, list) of such; `side`
    is the side of the picture code. A row that is no sample gives None; so does every row when no
    leaf is of a shape that could carry an id. Raises ValueError for an unknown side.
    """
    read = identify_leaves(x, side=side)
    for ids in read.values():
        if any(found is not None for found in ids):
            return ids
    if read:
        return next(iter(read.values()))
    lengths = [np.shape(leaf)[0] for _, leaf in arrays_of(x, "x") if np.ndim(leaf)]
    return [None] * (lengths[0] if lengths else 0)


def identify_leaves(x: Any, *, side: int = DEFAULT_SIDE) -> Dict[str, Ids]:
    """Return the ids in every leaf of `x` that could carry them, by its name.

    Names read as Python does: "x" for a bare array, "x['image']", "x[0]". Leaves of another shape
    (labels, say) are left out. Parameters and errors are those of `sample_ids`.
    """
    found = {}
    for name, leaf in arrays_of(x, "x"):
        ids = identify_leaf(leaf, side=side)
        if ids is not None:
            found[name] = ids
    return found


def identify_leaf(leaf: Any, *, side: int = DEFAULT_SIDE) -> Optional[Ids]:
    """Return the ids in one array (n, ...), None if its dtype or shape cannot carry any.

    Raises ValueError for an unknown side.
    """
    reading = read_leaf(leaf, side=side)
    return None if reading is None else reading.ids


def read_leaf(leaf: Any, *, side: int = DEFAULT_SIDE) -> Optional[Reading]:
    """Return what one array (n, ...) says of its rows, None if its dtype or shape cannot carry ids.

    Raises ValueError for an unknown side.
    """
    values = np.asarray(leaf)
    if values.dtype.kind not in "biuf":
        return None
    flat = unflattened(values)
    values = values if flat is None else flat
    classes = class_pictures(values)
    if classes is not None:
        found = decode_turned(classes, side=side)
        # Class 0 may be the darker or the lighter one.
        unread = np.flatnonzero(found < 0)
        found[unread] = decode_turned(~classes[unread], side=side)
        return _reading(found, mask=True)
    if is_sequence_batch(values.shape):
        found = decode_sequences(values)
        if (found >= 0).any():
            return _of_vectors(found)
    axis = channel_axis(values.shape)
    if axis is not None:
        mask = all(np.unique(row).size <= _MASK_VALUES for row in values)
        colours = bool(axis) and values.shape[axis] > 1
        return _reading(decode_turned(values, side=side), mask=mask, colours=colours)
    if is_vector_batch(values.shape):
        return _of_vectors(decode_vectors(values))
    return _read_stacks(values, side)


def _read_stacks(values: np.ndarray, side: int) -> Optional[Reading]:
    """Return what clips or volumes say: the sample that every picture of a row shows, lying alike in all."""
    reading = None
    for pictures in stacks(values):
        found = np.stack([decode_turned(one, side=side) for one in pictures])
        reading = _reading(np.where((found == found[0]).all(axis=0), found[0], -1), mask=False)
        if any(sample is not None for sample in reading.ids):
            break
    return reading


def _of_vectors(found: np.ndarray) -> Reading:
    ids = [None if number < 0 else number for number in found.tolist()]
    return Reading(ids, [None] * len(ids), mask=False)


def _reading(found: np.ndarray, *, mask: bool, colours: bool = False) -> Reading:
    """Take apart what was read of pictures: id * TURNS + orientation, -1 for none."""
    codes = [None if code < 0 else divmod(code, TURNS) for code in found.tolist()]
    ids, turns = ([code and code[part] for code in codes] for part in (0, 1))
    return Reading(ids, turns, mask, colours)
