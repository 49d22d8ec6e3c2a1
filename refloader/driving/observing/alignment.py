"""How the masks and pictures beside the one in x lie against it: turned, flipped and moved with it, or not."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import numpy as np

from refloader.contract.ledger import View
from refloader.driving.observing.identity import Reading, read_leaf
from refloader.driving.observing.nest import digest
from refloader.driving.observing.picture_shapes import unrolled
from refloader.driving.observing.shifts import shifted

#: What each array of x and y says of its rows, by name.
Readings = Dict[str, Optional[Reading]]
#: The arrays of x or of y with their names.
Arrays = List[Tuple[str, np.ndarray]]


def aligned(
    targets: Arrays,
    inputs: Arrays,
    weights: Arrays,
    shown: str,
    readings: Readings,
) -> Dict[str, Tuple[bool, ...]]:
    """Say of each row of each mask in y and x, and of pixels' weights, whether it lies as the picture does.

    That is the one that shows the ids. In x, either may show them, and two that are alike are a pair, or two
    views. Weights that do not show their picture are told nothing of.
    """
    picture = readings.get(shown)
    if picture is None:
        return {}
    arrays = dict(targets + inputs)
    beside = [name for name, _ in inputs if name != shown]
    maps = _maps([name for name, _ in targets], picture, readings)
    masks = [pair for pair in maps if _is_mask(pair[1], picture)]
    masks += [
        (name, other)
        for name, other in _maps(beside, picture, readings)
        if _is_less(other, picture) or _is_less(picture, other)
    ]
    weighed = {name: _read_map(array) for name, array in weights}
    beside_weights = [picture, *(one for _, one in maps)]
    found = {
        name: _as_any(beside_weights, one) for name, one in _maps(list(weighed), picture, weighed)
    }
    aligned_masks = {
        name: tuple(
            turned and moved
            for turned, moved in zip(_as_it(picture, mask), _over_it(arrays[shown], arrays[name]))
        )
        for name, mask in masks
    }
    return {**aligned_masks, **found}


def _read_map(array: np.ndarray) -> Optional[Reading]:
    """Return what the weights of pixels say, which show their picture or what was made of it."""
    return read_leaf(unrolled(array)) if array.ndim > 1 else None


def views(ys: Arrays, shown: str, readings: Readings) -> Dict[str, Tuple[Optional[View], ...]]:
    """Return how each row of the pictures in y lies that may be other views of those in x."""
    picture = readings.get(shown)
    if picture is None:
        return {}
    maps, arrays = _maps([name for name, _ in ys], picture, readings), dict(ys)
    return {
        name: tuple(map(_view, one.turns, arrays[name]))
        for name, one in maps
        if not _is_mask(one, picture)
    }


def _as_it(picture: Reading, mask: Reading) -> Tuple[bool, ...]:
    """Say of each row whether the mask lies as the picture does; what is another sample's need not."""
    rows = zip(picture.ids, mask.ids, picture.turns, mask.turns)
    return tuple(
        mine != other or None in (one, turned) or one == turned for mine, other, one, turned in rows
    )


def _as_any(pictures: List[Reading], weights: Reading) -> Tuple[bool, ...]:
    """Say of each row whether its weights lie as the picture in x does, or as another view of it in y."""
    first, *others = pictures
    return tuple(
        as_it or any(turned == one.turns[row] for one in others)
        for row, (as_it, turned) in enumerate(zip(_as_it(first, weights), weights.turns))
    )


def _over_it(picture: np.ndarray, mask: np.ndarray) -> List[bool]:
    """Say of each row whether the mask lies where the picture does, as far as that can be seen."""
    moved = shifted(picture, mask)
    return [True] * len(mask) if moved is None else (~moved).tolist()


def _view(turn: Optional[int], row: np.ndarray) -> Optional[View]:
    return None if turn is None else View(turn, digest(row))


def _maps(names: List[str], picture: Reading, readings: Readings) -> List[Tuple[str, Reading]]:
    found = [(name, reading) for name in names for reading in [readings[name]] if reading]
    return [(name, one) for name, one in found if len(one.turns) == len(picture.turns) > 0]


def _is_mask(reading: Reading, picture: Reading) -> bool:
    """Say whether it is a mask: what has one channel where the picture is in colour, as a map of depth, too."""
    return reading.mask or _is_less(reading, picture)


def _is_less(reading: Reading, picture: Reading) -> bool:
    """Say whether it has less to it than the picture: no colours, or but two values."""
    return (picture.colours and not reading.colours) or (reading.mask and not picture.mask)
