"""What the pixels of each row weigh, and how the picture lies that they are of."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import numpy as np

from refloader.contract.ledger import View
from refloader.driving.observing.alignment import Arrays
from refloader.driving.observing.identity import Reading
from refloader.driving.observing.nest import digest
from refloader.driving.observing.picture_shapes import MIN_SIZE, unflattened

#: Digits that are kept of a weight, as a share of the largest.
_DIGITS = 3
#: Dimensions of a batch of maps, and of one whose pixels have an axis of their own.
_MAPS, _WITH_CHANNEL = 3, 4


def weight_views(
    weights: Arrays, picture: Optional[Reading], targets: List[Optional[Reading]]
) -> Dict[str, Tuple[Optional[View], ...]]:
    """Return of each row how its picture lies and a hash of what its pixels weigh, by array.

    None where that is unknown: what is the same when it is flipped or turned may stay, and so may the weights
    of a target that lies otherwise than the picture.
    """
    if picture is None or not any(turn is not None for turn in picture.turns):
        return {}
    maps = {name: _as_maps(array) for name, array in weights}
    others = [one for one in targets if one is not None and len(one.turns) == len(picture.turns)]
    return {
        name: tuple(
            _view(turn, row) if _lie_alike(place, turn, others) else None
            for place, (turn, row) in enumerate(zip(picture.turns, array))
        )
        for name, array in maps.items()
        if array is not None and len(array) == len(picture.turns)
    }


def _as_maps(array: np.ndarray) -> Optional[np.ndarray]:
    """Return weights of pixels, (n, height, width), None where they are none."""
    flat = unflattened(array)
    maps = array if flat is None else flat
    if maps.ndim == _WITH_CHANNEL and maps.shape[-1] == 1:
        maps = maps[..., 0]
    is_map = maps.ndim == _MAPS and maps.dtype.kind in "biuf" and min(maps.shape[1:]) >= MIN_SIZE
    return maps if is_map else None


def _lie_alike(place: int, turn: Optional[int], targets: List[Reading]) -> bool:
    return all(one.turns[place] in {None, turn} for one in targets)


def _view(turn: Optional[int], row: np.ndarray) -> Optional[View]:
    largest = float(np.abs(row).max())
    if turn is None or not 0 < largest < np.inf:
        return None
    shares = np.round(row / largest, _DIGITS)
    same = any(
        other.shape == shares.shape and np.array_equal(other, shares) for other in _turned(shares)
    )
    return None if same else View(turn, digest(shares))


def _turned(row: np.ndarray) -> List[np.ndarray]:
    """Return a map in the seven other ways in which it may lie."""
    turns = [np.rot90(row, quarters) for quarters in range(4)]
    return [*turns[1:], *(one[:, ::-1] for one in turns)]
