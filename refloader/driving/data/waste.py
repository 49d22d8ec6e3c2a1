"""Folders that are done with: moved out of the way at once, and removed together at the end.

Linux lets whoever removes a folder of ext4 wait for two or three milliseconds, and a check makes hundreds of
folders. Threads that do so side by side wait together: of 900 folders one after the other 2.8 s, by four
threads 0.25 s.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_SIDE_BY_SIDE = 4


def put_away(done: Path, waste: Path) -> None:
    """Move a folder, if it is there, into the one of waste: no path leads to its files any more.

    One that must not be moved, as a loader has protected it, is removed as far as that can be done.
    """
    if done.exists():
        try:
            waste.mkdir(exist_ok=True)
            done.rename(waste / done.name)
        except OSError:
            shutil.rmtree(str(done), ignore_errors=True)


def waste_of(folder: str) -> Path:
    """Return where in a folder its waste is."""
    return Path(folder) / "waste"


def clear(folder: str) -> None:
    """Remove a folder with its waste; what cannot be removed stays."""
    waste = waste_of(folder)
    if waste.exists():
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            for done in waste.iterdir():
                pool.submit(shutil.rmtree, str(done), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
