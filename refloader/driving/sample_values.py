"""What belongs to each sample besides its picture or vector: its class, and its weight."""

from __future__ import annotations

from typing import List

import numpy as np

from refloader.driving.codewords import scramble
from refloader.driving.image_files import ODD, SPAN


def class_indexes(n: int, seed: int, classes: int) -> np.ndarray:
    """Return class indexes, int64 (n,): a pseudo-random walk round the classes without a rest."""
    keys = np.arange(n, dtype=np.uint64) ^ scramble(np.array([seed], np.uint64))
    steps = scramble(keys) >> np.uint64(33)
    steps = 1 + steps.astype(np.int64) % max(1, classes - 1)
    return np.asarray(np.cumsum(steps) % classes)


def class_names(classes: int, prefix: str) -> List[str]:
    """Return the classes' names, of equal length so that they sort as the indexes do."""
    digits = len(str(classes - 1))
    return [f"{prefix}{index:0{digits}}" for index in range(classes)]


def weights(n: int) -> np.ndarray:
    """Return float32 (n,), all different, from 0.5 up to 1.5."""
    scattered = np.arange(n, dtype=np.int64) * ODD % SPAN
    return (0.5 + scattered / SPAN).astype(np.float32)
