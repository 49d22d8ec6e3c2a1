"""Importing what drives are made with once for all of them, where a fork can do with that.

A thread that an import starts, of a framework's runtime or of a pool, is not there in a fork: whoever
waits for it there waits for ever, and would not where the loader is really used.
"""

from __future__ import annotations

import os
from typing import Callable, TypeVar

import psutil

Made = TypeVar("Made")


def imported(make: Callable[[], Made]) -> Callable[[], Made]:
    """Make what the forks of this process need; return how each of them gets it.

    Where that starts threads, this call returns in a fork that was made before it, and every fork of
    that one makes its own. The process that called waits for the end of that fork, and ends with it.
    """
    spare, needed = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(needed)
        # Nothing is read where the other end was closed, or its process has ended.
        if not os.read(spare, 1):
            os._exit(0)
        os.close(spare)
        return make
    os.close(spare)
    threads = _threads()
    made = make()
    if _threads() > threads and _lasting_threads() > threads:
        os.write(needed, b"1")
        os.waitpid(pid, 0)
        os._exit(0)
    os.close(needed)
    os.waitpid(pid, 0)
    return lambda: made


def _lasting_threads() -> int:
    """Return how many threads there are after a fork.

    A BLAS (of NumPy, SciPy, OpenCV: each has one) ends its own before, and starts new ones, in a fork
    too, as soon as it needs them.
    """
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    return _threads()


def _threads() -> int:
    return int(psutil.Process().num_threads())
