"""What a loader makes of a folder of image files, one of which is damaged after two epochs."""

from __future__ import annotations

import contextlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple

from refloader.driving.data.samples import Samples
from refloader.driving.observing.identity import sample_ids
from refloader.driving.observing.recording import describe
from refloader.driving.surroundings.global_random import seed_all

FILES = 120
CLASSES = 6
BATCH_SIZE = 8
DAMAGED = 5

Epoch = List[Optional[int]]


@dataclass(frozen=True)
class Look:
    """What came of the corpus.

    first, second -- the samples of two epochs, row by row; damaged -- what came for the bad file
    """

    first: Epoch
    second: Epoch
    damaged: str


def look(make: Callable[..., Any]) -> Look:
    """Read two epochs of a new corpus with the loader that `make` builds, then damage a file."""
    seed_all(0)
    with tempfile.TemporaryDirectory(prefix="refloader-") as folder:
        samples = Samples(FILES, classes=CLASSES, suffixes=(".jpg",), folder=folder)
        loader = make(samples, BATCH_SIZE, 0)
        first, _ = _epoch(loader)
        if hasattr(loader, "on_epoch_end"):
            loader.on_epoch_end()
        second, _ = _epoch(loader)
        file = Path(samples.paths[DAMAGED])
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
        with contextlib.redirect_stderr(io.StringIO()) as printed:
            rows, errors = _epoch(loader)
        return Look(first, second, _told(rows, errors, file.name) + _and(printed.getvalue()))


def _epoch(loader: Any) -> Tuple[Epoch, List[str]]:
    """Return the samples of one epoch row by row, and the errors that were raised."""
    rows: Epoch = []
    errors: List[str] = []
    for index in range(len(loader)):
        try:
            rows += sample_ids(loader[index][0])
        except Exception as error:  # noqa: BLE001, PERF203 - each batch by itself: what it raises is shown
            errors.append(describe(error))
    return rows, errors


def _told(rows: Epoch, errors: List[str], name: str) -> str:
    if errors:
        kind = errors[0].partition(":")[0]
        return f"{kind}, which names the file" if name in errors[0] else f"{kind}, without its name"
    blank = rows.count(None)
    return f"{blank} black picture with an ordinary label" if blank else "no row and no word"


def _and(printed: str) -> str:
    return "; a traceback in the log" if "Traceback" in printed else ""
