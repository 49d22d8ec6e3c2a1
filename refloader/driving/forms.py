"""Whether a factory can be called as it will be, and what it returns is of the kind that was declared."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Optional, Tuple

from refloader.driving.subject import Factory


def signature_error(factory: Factory, *, shards: bool) -> Optional[str]:
    """Return how the factory's signature differs from what it is called with, or None.

    It is called with (samples, batch_size, seed), and with shard= where `shards` is declared.
    """
    try:
        signature = inspect.signature(factory)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(None, None, None, **({"shard": None} if shards else {}))
    except TypeError:
        return str(signature)
    return None


def shape_error(loader: Any, kind: str) -> Optional[str]:
    """Return why `loader` is not of the declared kind, or None."""
    fits, expected = _FORMS[kind]
    if loader is not None and fits(loader):
        return None
    made = "None" if loader is None else f"a {type(loader).__name__}"
    return f"it returned {made}; {expected} was expected{_hint(loader, kind)}"


def _is_sequence(loader: Any) -> bool:
    lengthy = hasattr(type(loader), "__len__") or hasattr(loader, "num_batches")
    return hasattr(type(loader), "__getitem__") and lengthy


def _is_stream(loader: Any) -> bool:
    return hasattr(loader, "__next__") or hasattr(loader, "__iter__") or callable(loader)


def _is_arrays(loader: Any) -> bool:
    return isinstance(loader, (tuple, list)) and 1 < len(loader) <= 3  # noqa: PLR2004 - x, y, weights


#: What a loader of each kind is known by, and is called.
_FORMS: Dict[str, Tuple[Callable[[Any], bool], str]] = {
    "sequence": (_is_sequence, "an object with __len__ (or num_batches) and __getitem__"),
    "generator": (_is_stream, "a generator, an iterator or a function that returns one"),
    "arrays": (_is_arrays, "a tuple (x, y) or (x, y, sample_weight) of whole arrays"),
}


def _hint(loader: Any, kind: str) -> str:
    if hasattr(loader, "__next__"):
        return "; declare kind='generator' if that is meant"
    iterated = hasattr(loader, "__iter__") and not isinstance(loader, (tuple, list))
    if kind == "sequence" and iterated:
        return (
            "; what is only iterated over, as torch's DataLoader is, is judged as refloader.endless(loader) "
            "with kind='generator'"
        )
    return ""
