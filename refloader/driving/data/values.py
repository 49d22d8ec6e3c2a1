"""What belongs to each sample besides its picture or vector: its class, its weight, its name in a frame."""

from __future__ import annotations

from typing import List

import numpy as np

from refloader.driving.data.codewords import scramble
from refloader.driving.data.image_files import ODD, SPAN

# Of so few rows, one of two would have its own name.
_FEW = 4
#: Of more classes than the first and no more than the second the names are not of one length.
FEW_NAMES, MANY_NAMES = 10, 99


def class_indexes(n: int, seed: int, classes: int, *, paired: bool = False) -> np.ndarray:
    """Return class indexes, int64 (n,): a pseudo-random walk round the classes without a rest.

    paired -- no class has a single sample: of too few samples not all classes have any
    """
    if paired:
        classes = max(1, min(classes, n // 2))
    keys = np.arange(n, dtype=np.uint64) ^ scramble(np.array([seed], np.uint64))
    steps = scramble(keys) >> np.uint64(33)
    steps = 1 + steps.astype(np.int64) % max(1, classes - 1)
    if paired:
        # Twice round all of them, before the walk begins.
        steps[: 2 * classes] = 1
    return np.asarray(np.cumsum(steps) % classes)


def class_names(classes: int) -> List[str]:
    """Return the classes' names, of equal length so that they sort as the indexes do.

    Those of some tens of classes are as people count, so that "10" comes before "2".
    """
    digits = 1 if FEW_NAMES < classes <= MANY_NAMES else len(str(classes - 1))
    return [f"{index:0{digits}}" for index in range(classes)]


def weights(n: int) -> np.ndarray:
    """Return float32 (n,), all different, from 0.5 up to 1.5."""
    scattered = np.arange(n, dtype=np.int64) * ODD % SPAN
    return (0.5 + scattered / SPAN).astype(np.float32)


def wrong_index(n: int, seed: int) -> np.ndarray:
    """Return an index of a frame, int64 (n,), that is right for no row: a permutation, or each name twice.

    The second with an odd seed, as it is after pd.concat of two frames.
    """
    index = np.roll(np.arange(n), 1)
    return index % -(-n // 2) if seed % 2 and n > _FEW else index
