"""Loaders that are never freed."""

from __future__ import annotations

import gc
import time
import weakref
from typing import Any, Dict, List

from refloader.driving.subject import Subject

# One that is kept is the current one, perhaps, until the next is built; of more, all are kept.
CURRENT = 1


class Dropped:
    """Watches loaders, and the streams that were taken of them, without keeping them alive.

    first -- a loader that lives on: what is the same each time, as a ready loader is, is not watched
    """

    def __init__(self, first: Subject) -> None:
        self._first = first
        self._watched: Dict[str, List[Any]] = {}

    def watch(self, way: str, subject: Subject) -> None:
        """Watch a loader that is about to be dropped; what cannot be referred to weakly is left out."""
        for made, same in zip(subject.objects(), self._first.objects()):
            if made is not same:
                try:
                    self._watched.setdefault(way, []).append(weakref.ref(made))
                except TypeError:
                    continue

    def left(self, patience: float) -> Dict[str, List[str]]:
        """Return the types of the loaders that are never freed, by the way in which they were used.

        patience -- seconds in which those may go that a thread holds until it ends
        """
        deadline = time.monotonic() + patience
        while True:
            gc.collect()
            found = {way: _types(watched) for way, watched in self._watched.items()}
            kept = {way: types for way, types in found.items() if types}
            if len(kept) <= CURRENT or time.monotonic() > deadline:
                return kept if len(kept) > CURRENT else {}
            time.sleep(patience / 20)


def _types(watched: List[Any]) -> List[str]:
    return sorted(type(one()).__name__ for one in watched if one() is not None)
