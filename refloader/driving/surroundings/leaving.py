"""Shared memory and temporary files that a loader leaves behind."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from pathlib import Path
from typing import Any, Iterator, Optional, Set
from unittest import mock

# Where Linux shows POSIX shared memory as files.
SHARED = Path("/dev/shm")  # noqa: S108 - looked into, and cleared of what was noted
_NOTES = "segments-"

#: The file of this process' notes: it is inherited by forks, which add to it.
_notes: Optional[Path] = None


@contextlib.contextmanager
def own_temporary(folder: str) -> Iterator[None]:
    """Give the process a temporary folder of its own: what is left in it is the loader's."""
    with tempfile.TemporaryDirectory(prefix="temporary-", dir=folder) as own:
        environment = mock.patch.dict(os.environ, {"TMPDIR": own})
        with environment, mock.patch.object(tempfile, "tempdir", own):
            yield


def note_segments(folder: str) -> None:
    """From now on note, in a file in a folder, which segments of shared memory this process creates.

    Other processes of the machine have theirs; so only what is noted is a loader's.
    """
    global _notes  # noqa: PLW0603 - what is patched is the process'
    try:
        posix: Any = importlib.import_module("_posixshmem")
    except ImportError:  # before Python 3.8, and where there is no POSIX
        return
    opened = posix.shm_open
    notes = _notes = Path(folder) / f"{_NOTES}{os.getpid()}"

    def shm_open(path: str, flags: int, mode: int = 0o777) -> Any:
        if flags & os.O_CREAT:
            with notes.open("a", encoding="utf-8") as file:
                file.write(path.lstrip("/") + "\n")
        return opened(path, flags, mode)

    posix.shm_open = shm_open


def segments() -> Set[str]:
    """Return the segments that were noted in this process, or a fork of it, and are there still."""
    return _still_there(_notes) if _notes is not None else set()


def remove_segments(folder: str) -> None:
    """Remove what was noted in a folder and is there still: no check fills the machine's memory."""
    for notes in Path(folder).glob(f"{_NOTES}*"):
        for name in _still_there(notes):
            with contextlib.suppress(OSError):
                (SHARED / name).unlink()


def _still_there(notes: Path) -> Set[str]:
    names = notes.read_text(encoding="utf-8").split("\n") if notes.exists() else []
    return {name for name in names if name and (SHARED / name).exists()}
