"""Time one competitor, in a process of its own: `python -m refloader.bench.one NAME CORPUS ROOT`."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

import psutil

from refloader.bench.competitors import COMPETITORS
from refloader.bench.corpora import CORPORA


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


def timed(epoch: Any, count: int) -> List[Dict[str, float]]:
    """Run epochs without a pause between them, and return the figures of each.

    What a loader reads ahead over the end of an epoch it has read on the clock of that epoch. A
    pause would give it time that nobody counts: two whole batches, where an epoch may have four.
    """
    figures = []
    wall, cpu = time.perf_counter(), cpu_seconds()
    for _ in range(count):
        first, images = 0.0, 0
        for size in epoch():
            first = first or time.perf_counter() - wall
            images += size
        # The next epoch's clock runs from here, so counting the processor's time is on it.
        end, used = time.perf_counter(), cpu_seconds()
        rate, cpu_ms = images / (end - wall), (used - cpu) / images * 1000
        load = os.getloadavg()[0]
        figures.append(
            {"images": images, "rate": rate, "cpu_ms": cpu_ms, "first_batch": first, "load": load}
        )
        wall, cpu = end, used
    return figures


def main(name: str, corpus: str, root: str) -> None:
    """Print the figures of the first epoch, workers' start included, and of the second."""
    # What a library says goes to the other stream: the answer is the only thing on this one.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    first, second = timed(COMPETITORS[name].make(Path(root), CORPORA[corpus]), 2)
    json.dump({"first": first, "second": second}, answer)
    answer.flush()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    os._exit(0)  # Some that are timed take seconds to end, or never do.


if __name__ == "__main__":
    main(*sys.argv[1:])
