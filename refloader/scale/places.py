"""Where the paths in a table lead, and whether they may."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Optional

from refloader.scale.remote import is_url


class Root:
    """The folder that relative paths start from. URLs stay what they are.

    :param folder: by default the current one. If it is said, no path may leave it, neither by `..`
        nor by a link.
    :param anchored: whether paths are of this machine's file system; else they stay what they are.
    """

    def __init__(self, folder: Optional[str], *, anchored: bool = True) -> None:
        if folder is not None and not anchored:
            raise ValueError("root= is a folder of this machine, and filesystem= is another one's")
        self._base, self._anchored = Path(folder or "").absolute(), anchored
        self._real = None if folder is None else os.path.realpath(self._base)

    def path(self, path: str, row: int) -> str:
        """Return where a path leads, or raise a ValueError if it may not."""
        elsewhere = is_url(path) or not self._anchored
        full = path if elsewhere else str(self._base / path)
        if self._real is not None and (elsewhere or not _is_inside(self._real, full)):
            raise ValueError(f"path {full!r} in row {row} leads out of the root {self._real!r}")
        return full


def _is_inside(root: str, path: str) -> bool:
    folder, name = os.path.split(path)
    plain = name not in ("", ".", "..") and not os.path.islink(path)  # noqa: PTH114 - may be millions
    real = os.path.join(_real_folder(folder), name) if plain else os.path.realpath(path)  # noqa: PTH118
    return os.path.commonpath([root, real]) == root


_real_folder = lru_cache(maxsize=2**16)(os.path.realpath)
