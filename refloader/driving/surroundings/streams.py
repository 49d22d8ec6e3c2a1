"""Where a process writes what it says: Python's streams, and the files beneath them."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, List, Optional, Tuple

# Of standard output and error, where C libraries write to.
_BENEATH = (1, 2)
#: Copies of them, made before any loader was built, by process and number.
_KEPT: Dict[Tuple[int, int], int] = {}


def streams() -> List[Any]:
    """Return Python's streams, and which files the descriptors beneath them are of."""
    return [sys.stdout, sys.stderr, *(_file_of(number) for number in _BENEATH)]


def _file_of(number: int) -> Optional[Tuple[int, int]]:
    try:
        status = os.fstat(number)
        if (os.getpid(), number) not in _KEPT:
            _KEPT[os.getpid(), number] = os.dup(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def put_streams(wanted: List[Any]) -> None:
    """Set each as it was."""
    sys.stdout, sys.stderr, *beneath = wanted
    for number, file in zip(_BENEATH, beneath):
        if file != _file_of(number):
            os.dup2(_KEPT[os.getpid(), number], number)
