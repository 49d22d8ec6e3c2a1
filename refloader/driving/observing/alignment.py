"""How the pictures in y lie against the one in x: turned and flipped with it, or not."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from refloader.driving.observing.identity import Reading

#: What each array of x and y says of its rows, by name.
Readings = Dict[str, Optional[Reading]]


def aligned(targets: List[str], shown: str, readings: Readings) -> Dict[str, Tuple[bool, ...]]:
    """Say of each row of each mask in y whether it lies as the picture does that shows the ids."""
    picture = readings.get(shown)
    if picture is None:
        return {}
    return {
        name: tuple(None in pair or pair[0] == pair[1] for pair in zip(picture.turns, mask.turns))
        for name, mask in _maps(targets, picture, readings)
        if _is_mask(mask, picture)
    }


def turned(
    targets: List[str], shown: str, readings: Readings
) -> Dict[str, Tuple[Optional[int], ...]]:
    """Return the orientation of each row of the pictures in y that may be other views of those in x."""
    picture = readings.get(shown)
    if picture is None:
        return {}
    maps = _maps(targets, picture, readings)
    return {name: tuple(one.turns) for name, one in maps if not _is_mask(one, picture)}


def _maps(targets: List[str], picture: Reading, readings: Readings) -> List[Tuple[str, Reading]]:
    found = [(name, reading) for name in targets for reading in [readings[name]] if reading]
    return [(name, one) for name, one in found if len(one.turns) == len(picture.turns) > 0]


def _is_mask(reading: Reading, picture: Reading) -> bool:
    """Say whether it is a mask: what has one channel where the picture is in colour, as a map of depth, too."""
    return bool(reading.mask or (picture.colours and not reading.colours))
