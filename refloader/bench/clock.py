"""The time and the processor time that each epoch of loading takes."""

from __future__ import annotations

import os
import resource
import time
from typing import Dict, List

import psutil


class Clock:
    """Takes down the figures of one epoch after the other, without a pause between them.

    What a loader reads ahead over the end of an epoch it has read on the clock of that epoch. A
    pause would give it time that nobody counts: two whole batches, where an epoch may have four.
    """

    def __init__(self) -> None:
        self.figures: List[Dict[str, float]] = []
        self._first, self._images = 0.0, 0
        self._wall, self._cpu = time.perf_counter(), cpu_seconds()

    def batch(self, images: int) -> None:
        """Note that a batch of so many images has come."""
        self._first = self._first or time.perf_counter() - self._wall
        self._images += images

    def epoch(self) -> None:
        """Note the figures of the epoch that ends now, and begin with the next one."""
        # The next epoch's clock runs from here, so counting the processor's time is on it.
        end, used = time.perf_counter(), cpu_seconds()
        self.figures.append(
            {
                "images": self._images,
                "rate": self._images / (end - self._wall),
                "cpu_ms": (used - self._cpu) / self._images * 1000,
                "first_batch": self._first,
                "load": os.getloadavg()[0],
            }
        )
        self._first, self._images = 0.0, 0
        self._wall, self._cpu = end, used


def cpu_seconds() -> float:
    """Return the processor time of this process and all below it, living and ended."""
    total = time.process_time()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total += ended.ru_utime + ended.ru_stime
    for child in psutil.Process().children(recursive=True):
        try:
            total += sum(child.cpu_times()[:4])
        except psutil.Error:  # noqa: PERF203 - it has just ended
            continue
    return total
