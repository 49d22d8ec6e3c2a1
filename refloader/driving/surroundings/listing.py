"""Folders list their files in another order, as they do on another file system or machine."""

from __future__ import annotations

import glob
import os
import pathlib
import shutil  # noqa: F401 - it asks, when it is imported, whether `os.scandir` is the system's own
from typing import Any, Iterator, List


class _Reversed:
    """What `os.scandir` returns, from its end."""

    def __init__(self, entries: Any) -> None:
        with entries:
            self._entries = iter(list(entries)[::-1])

    def __iter__(self) -> Iterator[Any]:
        return self._entries

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> _Reversed:  # noqa: PYI034 - Self is too new for Python 3.7
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back nothing: all was read at once."""


def reverse_folders() -> None:
    """Have every folder be listed from its end, for the rest of this process.

    In which order a folder lists what it holds is not said by any system, and loaders sort for that. What
    is listed from C is listed as before.
    """
    listdir, scandir = os.listdir, os.scandir

    def listed(*path: Any) -> List[Any]:
        return listdir(*path)[::-1]

    def scanned(*path: Any) -> Any:
        return _Reversed(scandir(*path))

    # Up to Python 3.10 pathlib keeps them from when it was imported, and from 3.13 on a class of glob's does.
    places: List[Any] = [os, getattr(pathlib, "_normal_accessor", None)]
    for place in filter(None, places):
        place.listdir, place.scandir = listed, scanned
    globber: Any = getattr(glob, "_StringGlobber", None)
    if globber is not None:
        globber.scandir = staticmethod(scanned)
