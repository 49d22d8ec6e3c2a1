"""How it is found what a loader leaves behind outside its process."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from pathlib import Path
from typing import Any, Iterator, Set
from unittest import mock

# Where Linux shows POSIX shared memory as files.
SHARED = Path("/dev/shm")  # noqa: S108 - looked into, never written to

_created: Set[str] = set()


@contextlib.contextmanager
def own_temporary(folder: str) -> Iterator[None]:
    """Give the process a temporary folder of its own: what is left in it is the loader's."""
    with tempfile.TemporaryDirectory(prefix="temporary-", dir=folder) as own:
        environment = mock.patch.dict(os.environ, {"TMPDIR": own})
        with environment, mock.patch.object(tempfile, "tempdir", own):
            yield


@contextlib.contextmanager
def noting_shared_memory() -> Iterator[None]:
    """Note each segment that this process creates; other processes of the machine have theirs."""
    try:
        posix: Any = importlib.import_module("_posixshmem")
    except ImportError:  # before Python 3.8, and where there is no POSIX
        yield
        return
    opened = posix.shm_open

    def shm_open(path: str, flags: int, mode: int = 0o777) -> Any:
        if flags & os.O_CREAT:
            _created.add(path.lstrip("/"))
        return opened(path, flags, mode)

    with mock.patch.object(posix, "shm_open", shm_open):
        yield


def segments() -> Set[str]:
    """Return the segments of shared memory that were noted and are there still."""
    return {name for name in _created if (SHARED / name).exists()}
