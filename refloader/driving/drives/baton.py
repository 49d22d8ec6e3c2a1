"""Deterministic interleaving: readers run a line at a time, and a schedule says who goes next.

Each reader is a real thread under a trace function. A thread may only run while it holds the
baton; after as many lines of the watched files as the schedule grants, it hands the baton on. A
reader that waits for something a paused one holds (a lock) makes no lines and sleeps: it counts as
not runnable, and the baton goes to another.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any, Callable, FrozenSet, List, Optional, Sequence, Tuple

# How long the holder of the baton may go without a line before it is asked whether it sleeps.
PATIENCE_SECONDS = 0.005
ENDLESS = sys.maxsize


class Baton:
    """Runs some functions as threads, interleaved as the schedule says.

    grants -- how many lines the holder may run before the baton goes on, one number a turn; when
    they are used up each reader runs to its end; files -- the source files whose lines count
    """

    #: Where the switches lie: a reader stops before a line.
    WHERE = "before"

    def __init__(self, grants: Sequence[int], files: FrozenSet[str]) -> None:
        self.switches: List[Tuple[int, str, int]] = []
        self._grants = iter(grants)
        self._files = files
        self._process = os.getpid()
        # Taken at each line of each reader: the lock itself is quicker to take than the condition is.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._holder = 0
        self._left = next(self._grants, ENDLESS)
        self._lines = 0
        self._waiting: List[bool] = []
        self._asleep: List[bool] = []
        self._ended: List[bool] = []
        self._threads: List[int] = []

    def run(self, readers: Sequence[Callable[[], None]]) -> None:
        """Run the readers to their ends."""
        self._ended = [False] * len(readers)
        self._waiting = [False] * len(readers)
        self._asleep = [False] * len(readers)
        self._threads = [0] * len(readers)
        threads = [
            threading.Thread(target=self._reader, args=(number, reader), daemon=True)
            for number, reader in enumerate(readers)
        ]
        for thread in threads:
            thread.start()
        with self._changed:
            while not all(self._ended):
                before = self._lines
                # Where all sleep there is nothing to decide: without a line it is a deadlock.
                self._changed.wait(None if self._all_asleep() else PATIENCE_SECONDS)
                if self._lines == before and not all(self._ended):
                    self._pass_over_a_sleeper()
        for thread in threads:
            thread.join()

    def _reader(self, number: int, read: Callable[[], None]) -> None:
        with self._lock:
            self._threads[number] = threading.get_native_id() if _TELLS_STATE else 0
            self._take_turn(number)
        try:
            self._watched(number, read)
        finally:
            with self._changed:
                self._ended[number] = True
                self._lines += 1
                if self._holder == number:
                    self._hand_on(number)
                self._changed.notify_all()

    def _watched(self, number: int, read: Callable[[], None]) -> None:
        sys.settrace(lambda frame, _event, _arg: self._trace(number, frame))
        try:
            read()
        finally:
            sys.settrace(None)

    def _trace(self, number: int, frame: Any) -> Optional[Callable[..., Any]]:
        if frame.f_code.co_filename not in self._files or os.getpid() != self._process:
            # A process that a reader forks goes on alone: nobody there would hand it the baton.
            return None

        def local(inner: Any, event: str, _arg: Any) -> Any:
            if event == "line":
                self._line(number, inner)
            return local

        return local

    def _line(self, number: int, frame: Any) -> None:
        with self._lock:
            self._lines += 1
            self._left -= self._holder == number
            if self._left < 0:
                self.switches.append((number, frame.f_code.co_filename, frame.f_lineno))
                self._hand_on(number)
            self._take_turn(number)

    def _take_turn(self, number: int) -> None:
        # Between two lines it may have been found asleep, waiting for the interpreter's own lock.
        if self._asleep[number]:
            self._asleep[number] = False
            self._changed.notify_all()
        self._waiting[number] = True
        while self._holder != number:
            self._changed.wait()
        self._waiting[number] = False

    def _hand_on(self, number: int) -> None:
        """Give the baton to the next reader that can run, else to one that sleeps."""
        count = len(self._ended)
        order = [(number + step) % count for step in range(1, count + 1)]
        going = [other for other in order if not self._ended[other]]
        awake = [other for other in going if not self._asleep[other]]
        self._holder = (awake or going or [number])[0]
        self._left = next(self._grants, ENDLESS)
        self._changed.notify_all()

    def _all_asleep(self) -> bool:
        return all(ended or asleep for ended, asleep in zip(self._ended, self._asleep))

    def _pass_over_a_sleeper(self) -> None:
        """Hand the baton on where its holder sleeps in a call, waiting for a paused reader."""
        holder = self._holder
        if not self._waiting[holder] and sleeps(self._threads[holder]):
            self._asleep[holder] = True
            self._hand_on(holder)


_TELLS_STATE = hasattr(threading, "get_native_id")


def sleeps(thread: int) -> bool:
    """Say whether the operating system sees this thread asleep (yes, where it cannot say)."""
    try:
        state = Path(f"/proc/self/task/{thread}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    return state.rsplit(")", 1)[-1].split()[0] == "S"
