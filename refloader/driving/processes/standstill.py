"""What is said of a hang in one line: which of the loader's functions wait, and in what."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, NamedTuple, Optional

from refloader.driving.ownership import is_installed, is_own, is_suite

_THREAD = re.compile(r"^(?:Current thread|Thread) ", re.MULTILINE)
_FRAME = re.compile(r'^  File "(.+)", line \d+ in (.+)$', re.MULTILINE)
#: What is said first of stacks that were taken in a loop without end.
BUSY = "It computes on and on, and nothing comes of it.\n"
STILL, ENDLESS = "nothing moves any more", "nothing comes any more"
_PLACES = re.compile(rf"(?<={STILL}|{ENDLESS}): [^\[]*?(?= \[|$)")
#: So many places are named: a deadlock has two.
MOST = 3


class _Frame(NamedTuple):
    file: str
    function: str

    def __str__(self) -> str:
        return f"{self.function} ({Path(self.file).name})"


def standstill(stacks: str) -> str:
    """Return the witness of a hang, from the stacks that faulthandler wrote, innermost calls first.

    It names functions and no lines: one that polls is not at the same line each time.
    """
    busy = stacks.startswith(BUSY)
    threads = [
        [_Frame(*found) for found in _FRAME.findall(thread)] for thread in _THREAD.split(stacks)
    ]
    places = _places(threads, busy=busy, installed=False) or _places(
        threads, busy=busy, installed=True
    )
    return ": ".join([ENDLESS if busy else STILL, *filter(None, ["; ".join(places[:MOST])])])


def placeless(witness: str) -> str:
    """Return a witness without the functions that wait: not every stack can be had each time."""
    return _PLACES.sub("", witness)


def within_packages(stacks: str) -> bool:
    """Say whether no thread waits in Python: the innermost call of each is into native code.

    What waits in the loader's own files or in the standard library, as for a lock or a worker, waits
    for Python. What an installed package calls beyond that may go on by itself.
    """
    innermost = [_FRAME.search(thread) for thread in _THREAD.split(stacks)[1:]]
    files = [found[1] for found in innermost if found]
    return bool(files) and all(is_suite(file) or is_installed(file) for file in files)


def _places(threads: List[List[_Frame]], *, busy: bool, installed: bool) -> List[str]:
    """Return where threads wait, or are busy, that are in the loader's own files, or in what is installed."""
    found = {_place(frames, busy=busy, installed=installed) for frames in threads}
    return sorted(place for place in found if place)


def _place(frames: List[_Frame], *, busy: bool, installed: bool) -> Optional[str]:
    for frame in frames:
        if is_own(frame.file, installed=installed):
            if busy:
                # What it calls is another function at each look.
                return f"{frame} goes on and on"
            return f"{frame} waits" if frame is frames[0] else f"{frame} waits in {frames[0]}"
    return None
