"""Files that a command writes: whether that can be done is asked first, and told in plain words."""

from __future__ import annotations

from pathlib import Path

from refloader.errors import UsageError


def write(path: str, text: str) -> None:
    """Write a text to a file; raises UsageError where it cannot be written."""
    # As bytes: what a loader says in an error may hold characters that no encoding has.
    _put(path, "wb", text.encode("utf-8", errors="replace"))


def writable(path: str) -> None:
    """Raise UsageError where a file could not be written.

    It is asked before the minutes that it takes to fill it. What is in the file stays until then.
    """
    _put(path, "ab", b"")


def make_folder(path: str, what: str) -> None:
    """Make the folder of something, if there is none; raises UsageError where that fails."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make the folder of {what} {path!r}: {error.strerror}"
        raise UsageError(msg) from error


def _put(path: str, mode: str, data: bytes) -> None:
    try:
        with Path(path).open(mode) as file:
            file.write(data)
    except OSError as error:
        msg = f"cannot write {path!r}: {error.strerror}"
        raise UsageError(msg) from error
