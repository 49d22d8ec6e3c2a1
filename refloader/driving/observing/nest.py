"""The nest of dicts, tuples and lists that a batch is, and the arrays in it."""

from __future__ import annotations

import functools
import hashlib
from typing import Any, Iterator, List, Tuple

import numpy as np

PARTS = ("x", "y", "sample_weight")
#: Of a long double six of sixteen bytes are whatever lay there.
_PADDED = {"g": "d", "G": "D"}


def digest(raw: Any) -> str:
    """Return a hash over the bytes, dtypes and shapes of every array in a batch."""
    hashed = hashlib.blake2b(digest_size=12)
    for name, array in arrays_of(raw, ""):
        hashed.update(f"{name} {_named(array.dtype)} {array.shape}".encode())
        hashed.update(bytes_of(array))
    return hashed.hexdigest()


@functools.lru_cache(maxsize=64)
def _named(dtype: Any) -> str:
    # NumPy makes up the name each time, which takes longer than to hash a small batch.
    return str(dtype)


def arrays_of(nest: Any, name: str) -> Iterator[Tuple[str, np.ndarray]]:
    """Yield every array of a nest of dicts, tuples and lists, with its place."""
    if isinstance(nest, dict):
        for key in sorted(nest, key=str):
            yield from arrays_of(nest[key], f"{name}[{key!r}]")
    elif isinstance(nest, tuple) or (isinstance(nest, list) and _holds_arrays(nest)):
        for place, part in enumerate(nest):
            yield from arrays_of(part, f"{name}[{place}]")
    elif nest is not None:
        yield name, to_array(nest)


def size_of(raw: Any) -> int:
    """Return how many bytes the arrays of a batch have."""
    return sum(array.nbytes for _, array in arrays_of(raw, ""))


def to_array(leaf: Any) -> np.ndarray:
    """Return an array, a matrix or a tensor of any framework as a NumPy array."""
    if hasattr(leaf, "detach"):
        leaf = leaf.detach().cpu()
    for plain in ("numpy", "toarray"):  # the latter of SciPy's sparse matrices
        if hasattr(leaf, plain):
            return np.asarray(getattr(leaf, plain)())
    return np.asarray(leaf)


def structure(raw: Any) -> str:
    """Describe the nesting of a batch: ``(x, y)``, or ``(x, y) of x: {'image', 'meta'}``."""
    names = PARTS[: len(raw)] if isinstance(raw, (tuple, list)) and len(raw) <= len(PARTS) else ()
    if not names:
        return _outline(raw)
    opening, closing = "()" if isinstance(raw, tuple) else "[]"
    outer = opening + ", ".join(names) + ("," if len(names) == 1 else "") + closing
    nested = [
        f"{name}: {_outline(part)}"
        for name, part in zip(names, raw)
        if isinstance(part, (dict, tuple, list))
    ]
    return f"{outer} of {', '.join(nested)}" if nested else outer


def _outline(nest: Any) -> str:
    if isinstance(nest, dict):
        return "{" + ", ".join(repr(key) for key in sorted(nest, key=str)) + "}"
    if isinstance(nest, (tuple, list)):
        return f"{type(nest).__name__} of {len(nest)}"
    return type(nest).__name__


def parts_of(raw: Any) -> List[Tuple[str, Any]]:
    """Return x, y and weights of a batch with their names, without what holds nothing, as None does.

    A model whose losses are among its layers is fed (x, []).
    """
    if isinstance(raw, (tuple, list)) and 1 <= len(raw) <= len(PARTS):
        return [
            (name, part) for name, part in zip(PARTS, raw) if name == "x" or not _is_empty(part)
        ]
    return [("x", raw)]


def _is_empty(part: Any) -> bool:
    return isinstance(part, (dict, tuple, list)) and not part


def _holds_arrays(nest: List[Any]) -> bool:
    return any(hasattr(part, "shape") or isinstance(part, (dict, list, tuple)) for part in nest)


def bytes_of(array: np.ndarray) -> bytes:
    """Return the bytes of an array, those of objects as they are shown."""
    if array.dtype.hasobject:
        return repr(array.tolist()).encode()
    if array.dtype.char in _PADDED:
        array = array.astype(_PADDED[array.dtype.char])
    return np.ascontiguousarray(array).tobytes()
