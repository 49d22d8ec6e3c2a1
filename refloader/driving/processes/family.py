"""A process and all that descend from it: who they are, and how they are ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import List

import psutil

# How often a process looks whether the one that gave birth to it is still there.
WATCH_SECONDS = 1.0


def family(pid: int) -> List[psutil.Process]:
    """Return a process and all that descend from it; none where it has ended."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def kill_group(pid: int) -> None:
    """End the group that a process leads, and whatever of its descendants has left it."""
    relatives = family(pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for relative in relatives:
        with contextlib.suppress(psutil.Error):
            relative.kill()


def end_with(parent: int) -> None:
    """End this process and its workers when the one that gave birth to it is gone."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os.killpg(0, signal.SIGKILL)
