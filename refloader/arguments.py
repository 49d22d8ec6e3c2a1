"""What a caller gives: taken as what it is to be, or refused by its name."""

from __future__ import annotations

import math
import numbers
import operator
from typing import TYPE_CHECKING, Any, Tuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def whole(name: str, value: Any, least: int, most: float = float("inf")) -> int:
    """Return the value as an int, or raise a ValueError that names it; a bool is no number."""
    plain = hasattr(value, "__index__") and not isinstance(value, (bool, np.bool_))
    number = operator.index(value) if plain else least - 1
    if not least <= number <= most:
        limit = f"from {least} to {most}" if most < float("inf") else f"of at least {least}"
        raise ValueError(f"{name} must be a whole number {limit}, not {value!r}")
    return number


def finite(weights: Any, named: str) -> NDArray[Any]:
    """Return samples' weights as numbers; ValueError names what holds one that is none, or not finite."""
    given = np.asarray(weights)
    # There may be millions: one by one they are looked at only to name the one that is wrong.
    if given.dtype.kind in "biuf" and np.isfinite(given).all():
        return given
    wrong = [one for one in given.ravel().tolist() if not _is_finite(one)]
    if wrong:
        raise ValueError(f"{named} must hold finite numbers, not {wrong[0]!r}")
    return given.astype(np.float64)


def _is_finite(value: Any) -> bool:
    return isinstance(value, numbers.Real) and math.isfinite(value)


def flag(name: str, value: Any) -> bool:
    """Return the value, or raise a ValueError that names it: to take "no" for True helps nobody."""
    if not isinstance(value, (bool, np.bool_, int)):
        raise ValueError(f"{name} must be True or False, not {value!r}")  # noqa: TRY004
    return bool(value)


def one_of(name: str, value: Any, choices: Tuple[str, ...]) -> str:
    """Return the value, or raise a ValueError that names it and the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return str(value)
