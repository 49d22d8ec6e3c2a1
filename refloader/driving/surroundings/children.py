"""The processes below this one: the loader's own workers, without the helpers that multiprocessing starts."""

from __future__ import annotations

import threading
from typing import List

import psutil

# Helpers that multiprocessing starts once for the whole process.
HELPERS = ("resource_tracker", "semaphore_tracker", "forkserver")


def below(process: psutil.Process, *, recursive: bool = True) -> List[psutil.Process]:
    """Return the processes that descend from this one, helpers left out."""
    try:
        found = process.children(recursive=recursive)
    except psutil.Error:
        return []
    return [one for one in found if not _is_helper(one)]


def running() -> int:
    """Return how many threads and child processes there are."""
    return threading.active_count() + len(below(psutil.Process(), recursive=False))


def _is_helper(child: psutil.Process) -> bool:
    try:
        return any(name in word for word in child.cmdline() for name in HELPERS)
    except psutil.Error:
        return True
