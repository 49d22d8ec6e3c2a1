"""What is left of workers after training, once they had time to end."""

from __future__ import annotations

import time
from typing import Callable, List, Sequence

import psutil

GRACE_SECONDS = 3.0


def threads_left(new: Callable[[], Sequence[object]]) -> List[str]:
    """Return ["threads"] where threads are left that were not there before."""
    return ["threads"] if _stays(lambda: len(new())) else []


def children_left() -> List[str]:
    """Return ["processes"] where child processes are left."""
    return ["processes"] if _stays(lambda: len(psutil.Process().children(recursive=True))) else []


def _stays(count: Callable[[], int]) -> bool:
    """Tell whether there are still some after the grace."""
    end = time.monotonic() + GRACE_SECONDS
    while count() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(count())
