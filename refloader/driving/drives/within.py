"""Interleaving within a line: one reader is stopped once between two calls of a line, while the other reads.

`np.take(rows, 0, out=self.scratch).copy()` is several steps, and two threads may change places between them.
"""

from __future__ import annotations

import dis
import sys
from collections import Counter
from functools import lru_cache
from itertools import islice
from types import CodeType
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

from refloader.driving.drives.baton import Baton

#: After which call of a function a reader is stopped, by the call's offset in bytes.
Place = Tuple[CodeType, int]
#: So many places of a loader are tried, those that it comes to first.
MOST_PLACES = 24
#: Not calls of the loader's, whatever their names begin with.
_NO_CALLS = ("CALL_INTRINSIC", "CALL_FINALLY")


class Pinned(Baton):
    """Stops the first reader where it first comes to a place, lets the others read, and then it goes on.

    place -- where, or None to stop nobody; files -- the source files of the loader
    """

    WHERE = "within"

    def __init__(self, place: Optional[Place], files: FrozenSet[str]) -> None:
        super().__init__((), files)
        self._place = place
        self._visited: Dict[Place, None] = {}

    def visited(self) -> List[Place]:
        """Return the places that the first reader has come to, as many as are tried."""
        return list(islice(self._visited, MOST_PLACES))

    def _watched(self, number: int, read: Callable[[], None]) -> None:
        if number:
            super()._watched(number, read)
            return
        # A profiler is told of the end of each call, also in the middle of a line.
        sys.setprofile(self._profile)
        try:
            super()._watched(number, read)
        finally:
            sys.setprofile(None)

    def _profile(self, frame: Any, event: str, _arg: Any) -> None:
        caller = {"c_return": frame, "return": frame.f_back}.get(event)
        if caller is None or caller.f_code.co_filename not in self._files:
            return
        if caller.f_lineno in lines_of_calls(caller.f_code):
            self._come_to((caller.f_code, caller.f_lasti), caller)

    def _come_to(self, place: Place, frame: Any) -> None:
        with self._lock:
            self._visited.setdefault(place)
            if place == self._place:
                self._place = None
                self.switches.append((0, frame.f_code.co_filename, frame.f_lineno))
                self._hand_on(0)
                self._take_turn(0)


@lru_cache(maxsize=None)
def lines_of_calls(code: CodeType) -> FrozenSet[int]:
    """Return the lines of a function that call more than once."""
    begins = dict(dis.findlinestarts(code))
    calls: Counter[int] = Counter()
    line = 0
    for one in dis.get_instructions(code):
        line = begins.get(one.offset) or line
        if one.opname.startswith("CALL") and not one.opname.startswith(_NO_CALLS):
            calls[line] += 1
    return frozenset(line for line, count in calls.items() if count > 1)
