"""Functions of everybody's that people put others in place of, as `np.load` with pickles allowed."""

from __future__ import annotations

import builtins
import ssl
from typing import Any, Dict

import numpy as np
from PIL import Image

_PLACES: Dict[str, Any] = {
    "numpy.load": np,
    "builtins.open": builtins,
    "PIL.Image.open": Image,
    # Put in place of it is the one that trusts everybody, for the sake of a download.
    "ssl._create_default_https_context": ssl,
}


def functions() -> Dict[str, Any]:
    """Return what stands under each name now."""
    return {name: getattr(place, name.rpartition(".")[2]) for name, place in _PLACES.items()}


def put_functions(wanted: Dict[str, Any]) -> None:
    """Put each back."""
    for name, function in wanted.items():
        setattr(_PLACES[name], name.rpartition(".")[2], function)
