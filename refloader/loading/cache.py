"""Decoded rows on disk: filled by whoever reads a sample first, read by all.

A folder holds four files. `header.json` says what the rows are of; `rows` holds them, uint8, one
after the other; `ready` has a byte for each, 1 once the row is whole; `files` has the size and time
of each image file. None of them holds code or a pickle.
"""

from __future__ import annotations

import errno
import hashlib
import json
import mmap
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refloader.decoding.images import Transform
    from refloader.loading.sources import LabelledFiles

VERSION = 1
_HEADER, _ROWS, _READY, _FILES = "header.json", "rows", "ready", "files"
_NOT_THERE = -1


class CacheMismatch(ValueError):  # noqa: N818 - it names what is wrong
    """A cache is of other files, of files that have changed since, or of other settings."""


class Cache:
    """Rows of samples in files of a folder.

    Any number of processes may use the folder at once. A copy of this object opens it anew. A
    reader that is killed leaves a row either ready or not there. A power failure may do worse:
    after one, remove the folder.

    :param folder: where the rows are; it is made if it is not there.
    :param files: the samples, whose sizes and times are compared with those of the cache.
    :param shape: (height, width, channels) of a row.
    :param transform: how a file became a row.
    :raises CacheMismatch: if the folder has rows of something else; it tells of what.
    """

    def __init__(
        self, folder: str, files: LabelledFiles, shape: Tuple[int, int, int], transform: Transform
    ) -> None:
        self._folder = Path(folder).absolute()
        self._rows_shape = (len(files), *shape)
        self._maps: Optional[Tuple[NDArray[np.uint8], NDArray[np.uint8]]] = None
        header = {"version": VERSION, "names": hashlib.sha256(files.names()).hexdigest()[:32]}
        header.update(transform._asdict(), shape=list(self._rows_shape))
        known = _sizes_and_times(files)
        if not (self._folder / _HEADER).exists():
            self._make(header, known)
        self._compare(header, known, files)

    def get(self, sample: int, out: NDArray[np.uint8]) -> bool:
        """Write a sample's row if it is ready, and return whether it is."""
        rows, ready = self._maps or self._open()
        if not ready[sample]:
            return False
        out[...] = rows[sample]
        return True

    def put(self, sample: int, row: NDArray[np.uint8]) -> None:
        """Keep a sample's row for all later readers."""
        # Written, not assigned to the map: where the disk is full that is an error and no death.
        _write(self._folder / _ROWS, row.tobytes(), sample * row.nbytes)
        _write(self._folder / _READY, b"\x01", sample)

    def __getstate__(self) -> Dict[str, Any]:
        return {**vars(self), "_maps": None}

    def _open(self) -> Tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        rows, ready = _mapped(self._folder / _ROWS), _mapped(self._folder / _READY)
        self._maps = rows.reshape(self._rows_shape), ready
        return self._maps

    def _make(self, header: Dict[str, Any], known: NDArray[np.int64]) -> None:
        """Make the folder whole at once: of several processes that try, one succeeds."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=self._folder.name, dir=self._folder.parent))
        (new / _HEADER).write_text(json.dumps(header, indent=1))
        (new / _FILES).write_bytes(known.tobytes())
        for name, size in ((_ROWS, np.prod(self._rows_shape)), (_READY, len(known))):
            with (new / name).open("wb") as file:
                file.truncate(int(size))  # takes no room until it is written
        try:
            new.rename(self._folder)
        except OSError:
            shutil.rmtree(new)
            if not (self._folder / _HEADER).exists():
                raise CacheMismatch(
                    f"{self._folder} is neither an empty folder nor a cache"
                ) from None

    def _compare(
        self, header: Dict[str, Any], known: NDArray[np.int64], files: LabelledFiles
    ) -> None:
        theirs = json.loads((self._folder / _HEADER).read_text())
        for name, value in header.items():
            if theirs.get(name) != value:
                what = "other files" if name == "names" else f"{name} {theirs.get(name)!r}"
                self._refuse(f"is of {what}, and this loader has {value!r}")
        before = np.frombuffer((self._folder / _FILES).read_bytes(), np.int64).reshape(-1, 2)
        changed = np.flatnonzero((before != known).any(axis=1))
        if changed.size:
            more = f" and {changed.size - 1} more" if changed.size > 1 else ""
            self._refuse(f"is older than {files.path(int(changed[0]))}{more}")

    def _refuse(self, why: str) -> None:
        advice = "remove that folder, or name another one"
        raise CacheMismatch(f"the cache in {self._folder} {why}: {advice}")


def _sizes_and_times(files: LabelledFiles) -> NDArray[np.int64]:
    known = np.full((len(files), 2), _NOT_THERE, np.int64)
    for sample in range(len(files)):
        try:
            status = os.stat(files.path(sample))  # noqa: PTH116 - there may be millions
        except (OSError, ValueError):  # to read it will say why
            continue
        known[sample] = status.st_size, status.st_mtime_ns
    return known


def _mapped(path: Path) -> NDArray[np.uint8]:
    with path.open("rb") as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


def _write(path: Path, content: bytes, offset: int) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if os.pwrite(number, content, offset) < len(content):
            raise OSError(errno.ENOSPC, "the disk is full", str(path))
    finally:
        os.close(number)
