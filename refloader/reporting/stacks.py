"""The stacks of a hang, cut down to what a person reads: where it waits, and in whose code."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from typing import Dict, List, Tuple

import refloader

# The innermost frames say what is waited for.
INNERMOST = 2
_FRAME = re.compile(r'\s+File "(?P<file>[^"]*)", line \d+')
_NUMBER = re.compile(r"(?<=[Tt]hread) 0x[0-9a-f]+")
_LIBRARIES = (
    *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    str(Path(refloader.__file__).parent),
)


def shortened(stacks: str) -> List[str]:
    """Return the lines of a dump with each thread's innermost frames and the user's own.

    A thread in which nothing but refloader and the standard library runs is left out, and so is one
    that stands where another of the same dump does. Their numbers tell a reader nothing.
    """
    shown: Dict[Tuple[str, ...], None] = {}  # as a set, but in order
    for block in _threads(_NUMBER.sub("", stacks)):
        heading = [line for line in block if not _FRAME.match(line)]
        frames = [line for line in block if _FRAME.match(line)]
        if any(_is_users(frame) for frame in frames):
            shown[tuple(heading + _cut(frames))] = None
    return [line for block in shown for line in block] or stacks.splitlines()


def _threads(stacks: str) -> List[List[str]]:
    """Cut a dump into its threads, each with the lines that head it."""
    blocks: List[List[str]] = [[]]
    for line in filter(str.strip, stacks.splitlines()):
        if not _FRAME.match(line) and blocks[-1] and _FRAME.match(blocks[-1][-1]):
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _cut(frames: List[str]) -> List[str]:
    kept = [frame for place, frame in enumerate(frames) if place < INNERMOST or _is_users(frame)]
    left_out = len(frames) - len(kept)
    return [*kept, f"  ... and {left_out} more frames of libraries"] if left_out else kept


def _is_users(frame: str) -> bool:
    found = _FRAME.match(frame)
    return found is not None and not found["file"].startswith((*_LIBRARIES, "<"))
