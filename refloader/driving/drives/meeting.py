"""A loader whose workers wait for each other, so that all of them really read.

Over so few and small batches one worker of a pool is often done before the next has started, and
what goes wrong between two of them would show on some runs only.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Set, Tuple

import psutil

# How long the first is ready to wait; a framework may have one reader whatever it is told.
LOOKS = 100
LOOK_SECONDS = 0.01


class Meeting:
    """An indexable loader, at whose first batch each worker waits until all of them have come.

    loader -- the loader to read; workers -- how many will read it, as processes or as threads;
    folder -- where each leaves a file when it has come
    """

    def __init__(self, loader: Any, workers: int, folder: str, *, processes: bool) -> None:
        self._loader = loader
        self._workers = workers
        self._processes = processes
        self._folder = Path(tempfile.mkdtemp(prefix="meeting-", dir=folder))
        self._home = _reader()
        self._met: Set[Tuple[int, int]] = set()

    def __len__(self) -> int:
        """Return the number of batches, by whichever name the loader has for it."""
        loader = self._loader
        return int(len(loader) if hasattr(type(loader), "__len__") else loader.num_batches)

    def __getitem__(self, index: int) -> Any:
        """Return a batch of the loader, after all workers have come."""
        reader = _reader()
        if reader not in self._met and self._is_worker(reader):
            self._meet(reader)
            self._met.add(reader)
        return self._loader[index]

    def __getattr__(self, name: str) -> Any:
        """Return whatever else the loader has: its hooks, say."""
        if name.startswith("__") or name == "_loader":
            raise AttributeError(name)
        return getattr(self._loader, name)

    def _is_worker(self, reader: Tuple[int, int]) -> bool:
        # A process of a pool; or, where threads are meant, any thread but the one that trains.
        return reader[0] != self._home[0] if self._processes else reader != self._home

    def _meet(self, reader: Tuple[int, int]) -> None:
        (self._folder / "-".join(map(str, reader))).touch()
        for _ in range(LOOKS):
            if sum(map(_alive, self._folder.iterdir())) >= self._workers:
                return
            time.sleep(LOOK_SECONDS)


def _reader() -> Tuple[int, int]:
    return os.getpid(), threading.get_ident()


def _alive(file: Path) -> bool:
    """Say whether who left this file still runs: pools may be made anew for each epoch."""
    process, thread = map(int, file.name.split("-"))
    if process == os.getpid():
        return any(one.ident == thread for one in threading.enumerate())
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
