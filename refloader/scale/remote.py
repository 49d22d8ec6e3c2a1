"""Files that are elsewhere, read through fsspec: URLs, or the paths of a file system that is given."""

from __future__ import annotations

import os
import pickle
import threading
from importlib.util import find_spec
from io import BytesIO
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, Callable, Dict, Optional, Tuple


def is_url(path: str) -> bool:
    """Tell whether a path names a place of its own, such as `https://...` or `zip://a::b.zip`."""
    return "://" in path


class Elsewhere:
    """Opens files of a file system, or at URLs, in whatever process it is sent to.

    :param filesystem: one of fsspec's, whose paths all paths are; None if some are URLs.
    :param timeout: the seconds that one file may take.
    :raises ImportError: without fsspec, where it is needed.
    """

    def __init__(self, filesystem: Any, timeout: float) -> None:
        if filesystem is not None:
            _check_installed()
        if not isinstance(timeout, (int, float)) or not timeout > 0:
            raise ValueError(f"timeout must be seconds, more than 0, not {timeout!r}")
        self._filesystem = None if filesystem is None else pickle.dumps(filesystem)
        self._timeout = timeout
        self._mine: Tuple[int, Any] = (-1, None)

    def opener(self, path: str) -> Optional[Callable[[str], BinaryIO]]:
        """Return what opens a path, None if it is one of this machine's own file system."""
        if self._filesystem is None and not is_url(path):
            return None
        _check_installed()
        # Before the clock runs: the first import can take longer than a file may.
        import fsspec  # noqa: F401, PLC0415 - an extra

        return self.open

    def open(self, path: str) -> BinaryIO:
        """Return what is in a file, or raise what its file system does, or a TimeoutError."""
        answer: SimpleQueue[Tuple[bool, Any]] = SimpleQueue()
        # Not all file systems can be told when to give up. A thread that nobody waits for can be.
        threading.Thread(
            target=self._answer, args=(path, answer), daemon=True, name="refloader-elsewhere"
        ).start()
        try:
            good, value = answer.get(timeout=self._timeout)
        except Empty:
            raise TimeoutError(f"it did not come within {self._timeout:g} s") from None
        if not good:
            raise value
        return BytesIO(value)

    def __getstate__(self) -> Dict[str, Any]:
        return {**vars(self), "_mine": (-1, None)}

    def _answer(self, path: str, answer: Any) -> None:
        try:
            answer.put((True, self._content(path)))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            answer.put((False, error))

    def _content(self, path: str) -> bytes:
        filesystem = self._own()
        if filesystem is None:
            from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra

            filesystem, path = url_to_fs(path)
        return bytes(filesystem.cat_file(path))

    def _own(self) -> Optional[Any]:
        """Return this process' file system: one of before a fork has lost its threads."""
        if self._filesystem is not None and self._mine[0] != os.getpid():
            # Pickled above, by whoever built the loader.
            self._mine = os.getpid(), pickle.loads(self._filesystem)  # noqa: S301
        return self._mine[1]


def _check_installed() -> None:
    if find_spec("fsspec") is None:
        raise ImportError('files elsewhere need fsspec: pip install "refloader[remote]"')
