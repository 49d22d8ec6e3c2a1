"""What a table of samples has: its columns, and in a file that was converted, a note and even pieces."""

from __future__ import annotations

from typing import Any, Sequence

#: The key of the schema's metadata under which a converted file says what it was made of.
KEY = b"refloader"
ROWS = 2**20  # of each record batch of a converted file, but the last


def check_columns(names: Sequence[str], path: Any) -> None:
    """Raise a ValueError if `path` or `label` is not one of the columns, or one is there twice."""
    for name in ("path", "label", "weight"):
        count = list(names).count(name)
        if count > 1 or (count < 1 and name != "weight"):
            present = ", ".join(names)
            raise ValueError(f"{path} must have one column {name!r}, not {count}; it has {present}")
