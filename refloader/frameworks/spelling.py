"""What an argument of a Keras method is called in the installed version."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Optional

_SPELLINGS = {
    "workers": ("workers", "nb_worker"),
    "processes": ("use_multiprocessing", "pickle_safe"),
    "epochs": ("epochs", "nb_epoch"),
}


def takes(method: Callable[..., Any], meaning: str) -> bool:
    """Tell whether a method has a parameter of that meaning, whatever this version calls it."""
    return _name(method, meaning) is not None


def spelled(method: Callable[..., Any], **meant: Any) -> Dict[str, Any]:
    """Return the arguments under the names that this version has for them, without the None ones.

    Raises TypeError if the method has no parameter for an argument.
    """
    arguments = {}
    for meaning, value in meant.items():
        if value is None:
            continue
        name = _name(method, meaning)
        if name is None:
            raise TypeError(f"{method.__name__} of this Keras has no parameter for {meaning!r}")
        arguments[name] = value
    return arguments


def _name(method: Callable[..., Any], meaning: str) -> Optional[str]:
    parameters = inspect.signature(method).parameters
    return next((n for n in _SPELLINGS.get(meaning, (meaning,)) if n in parameters), None)
