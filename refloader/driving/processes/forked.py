"""A nursery that is a fork of this process: what is imported here need not be imported there."""

from __future__ import annotations

import os
from typing import IO, Any, Optional

from refloader.driving.processes.process import nursery


class Forked:
    """Looks like the subprocess.Popen of a nursery that is started in an interpreter of its own.

    said -- the file that gets what it writes to standard error
    """

    def __init__(self, said: IO[bytes]) -> None:
        orders, mine = os.pipe()
        theirs, answers = os.pipe()
        self._status: Optional[int] = None
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            for place, descriptor in enumerate((orders, answers, said.fileno())):
                os.dup2(descriptor, place)
            for descriptor in (orders, mine, theirs, answers):
                os.close(descriptor)
            try:
                nursery()
            finally:
                os._exit(0)
        os.close(orders)
        os.close(answers)
        self.stdin: Any = os.fdopen(mine, "wb", 0)
        self.stdout: Any = os.fdopen(theirs, "rb", 0)

    def poll(self) -> Optional[int]:
        """Return how it ended, None while it goes on."""
        return self._ended(os.WNOHANG)

    def wait(self) -> Optional[int]:
        """Wait for its end and return how it ended."""
        return self._ended(0)

    def _ended(self, how: int) -> Optional[int]:
        if self._status is None:
            pid, status = os.waitpid(self.pid, how)
            self._status = status if pid else None
        return self._status
