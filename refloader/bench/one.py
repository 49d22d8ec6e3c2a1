"""Time one competitor, in a process of its own: `python -m refloader.bench.one NAME CORPUS ROOT WHERE`."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, List

import psutil

from refloader.bench.clock import Clock
from refloader.bench.competitors import COMPETITORS
from refloader.bench.corpora import CORPORA

EPOCHS = 2


def timed(epoch: Any, count: int) -> List[Dict[str, float]]:
    """Run epochs without a pause between them, and return the figures of each."""
    clock = Clock()
    for _ in range(count):
        for size in epoch():
            clock.batch(size)
        clock.epoch()
    return clock.figures


def main(name: str, corpus: str, root: str, where: str) -> None:
    """Print the figures of the first epoch, workers' start included, and of the second.

    :param where: "bare", or "fit" for what is trained on where that can be; the limit cannot.
    """
    # What a library says goes to the other stream: the answer is the only thing on this one.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    feed = COMPETITORS[name].make(Path(root), CORPORA[corpus])
    if where == "fit" and feed.data:
        # Imported here: a loader is timed without a framework where it needs none.
        from refloader.bench.fitting import fitted  # noqa: PLC0415

        files = len(list(Path(root).glob("*/*")))
        first, second = fitted(feed, CORPORA[corpus].image_size, files, EPOCHS)
    else:
        first, second = timed(feed.epoch, EPOCHS)
    json.dump({"first": first, "second": second}, answer)
    answer.flush()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    os._exit(0)  # Some that are timed take seconds to end, or never do.


if __name__ == "__main__":
    main(*sys.argv[1:])
