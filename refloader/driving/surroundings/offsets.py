"""Where open files are read from: a position that forked processes share with this one."""

from __future__ import annotations

import contextlib
import os
from multiprocessing.synchronize import SemLock
from pathlib import Path
from typing import Any, Dict, List

#: Of a process's own open files, on Linux; elsewhere there is none of these.
_OPEN, _ABOUT = Path("/proc/self/fd"), Path("/proc/self/fdinfo")


def read_positions() -> Dict[str, int]:
    """Return the position of each regular file that is open for reading alone, by number and path."""
    found: Dict[str, int] = {}
    for link in _OPEN.iterdir() if _OPEN.exists() else ():
        # The folder itself is open while it is listed, and gone then.
        with contextlib.suppress(OSError):
            if link.is_file():
                about = dict(
                    line.split(":", 1) for line in (_ABOUT / link.name).read_text().splitlines()
                )
                if int(about["flags"], 8) & os.O_ACCMODE == os.O_RDONLY:
                    found[f"{link.name} {os.readlink(link)}"] = int(about["pos"])
    return found


def moved(before: Dict[str, int], loader: Any) -> List[str]:
    """Return the names of the files whose position another process has moved on.

    Under a lock that processes share they may take turns: such a loader is not suspected.
    """
    if any(isinstance(held, SemLock) for held in getattr(loader, "__dict__", {}).values()):
        return []
    now = read_positions()
    return sorted(
        Path(name).name for name, place in before.items() if now.get(name, place) != place
    )
