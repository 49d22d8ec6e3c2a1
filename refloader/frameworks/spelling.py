"""What an argument of a Keras method is called in the installed version."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, List, Optional

_SPELLINGS = {
    "workers": ("workers", "nb_worker"),
    "processes": ("use_multiprocessing", "pickle_safe"),
    "epochs": ("epochs", "nb_epoch"),
}
# What Keras 1 counts in samples, by the name of the same in batches.
_IN_SAMPLES = {
    "steps_per_epoch": "samples_per_epoch",
    "validation_steps": "nb_val_samples",
    "steps": "val_samples",
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


def counted(method: Callable[..., Any], rows: int, meant: Dict[str, Any]) -> Dict[str, Any]:
    """Return the arguments with samples in place of batches, if this version counts those.

    rows -- how many are in a full batch; the last one of an epoch may be shorter, as that epoch
        ends with the batch that reaches the count
    """
    return dict(
        (_IN_SAMPLES[meaning], (value - 1) * rows + 1)
        if value is not None and takes(method, _IN_SAMPLES.get(meaning, ""))
        else (meaning, value)
        for meaning, value in meant.items()
    )


def steps_needed(method: Callable[..., Any]) -> List[str]:
    """Return the numbers of steps that must be given even for a loader that has a length."""
    parameters = inspect.signature(method).parameters
    return [
        batches
        for batches, samples in _IN_SAMPLES.items()
        for name in (batches, samples)
        if name in parameters and parameters[name].default is inspect.Parameter.empty
    ]


def _name(method: Callable[..., Any], meaning: str) -> Optional[str]:
    parameters = inspect.signature(method).parameters
    return next((n for n in _SPELLINGS.get(meaning, (meaning,)) if n in parameters), None)
