"""The log of a probe: what happened, in which process and thread, in the order of a common clock."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

Event = Dict[str, Any]


class Log:
    """Events in a file, so that worker processes of every start method can add to it.

    path -- the file; home -- the process of the probe, which is the one that makes the log
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._home = os.getpid()

    def note(self, what: str, **more: Any) -> None:
        """Add an event; one write, so that lines of several processes never mix."""
        at_home = os.getpid() == self._home
        where = "main" if threading.current_thread() is threading.main_thread() else "a thread"
        event = {
            "what": what,
            "at": time.monotonic(),
            "pid": os.getpid(),
            "where": where if at_home else "a process",
            **more,
        }
        line = (json.dumps(event) + "\n").encode()
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    def events(self, what: Optional[str] = None) -> List[Event]:
        """Return the events of one kind, or all, in the order of the clock."""
        path = Path(self._path)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        found.sort(key=lambda event: float(event["at"]))
        return [event for event in found if what in {None, event["what"]}]
