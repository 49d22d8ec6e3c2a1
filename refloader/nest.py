"""The nests of dicts, tuples and lists that batches are."""

from __future__ import annotations

from typing import Any, List


def like(nest: Any, parts: List[Any]) -> Any:
    """Return these parts in a dict, list, tuple or named tuple as this one is, in its order."""
    if isinstance(nest, dict):
        return dict(zip(nest, parts))
    # A named tuple takes its parts one by one.
    return type(nest)(*parts) if hasattr(nest, "_fields") else type(nest)(parts)
