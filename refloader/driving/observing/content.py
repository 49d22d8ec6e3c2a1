"""Samples known by their content: for loaders over data of their user's own."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from refloader.driving.observing.nest import arrays_of, parts_of

# Values of a row that are looked at, evenly spread over it: a look at all would cost more than
# reading the batch from a cache.
LOOKED_AT = 1024
SIZE = 8


def contents(raw: Any, over: Tuple[str, ...] = ("x", "y")) -> List[str]:
    """Return a hash of each row of a delivered batch, over x and y, or over what is named.

    A batch whose leaves differ in length has as many rows as the shortest.
    """
    parts = [part for name, part in parts_of(raw) if name in over]
    leaves = [array for part in parts for _, array in arrays_of(part, "")]
    leaves = [array for array in leaves if array.ndim]
    thinned = [_thinned(array) for array in leaves]
    count = min(map(len, thinned), default=0)
    return [_hash([rows[row] for rows in thinned]) for row in range(count)]


def _thinned(array: np.ndarray) -> np.ndarray:
    # Not -1: of no rows NumPy cannot tell how long one is.
    flat = array.reshape(len(array), int(np.prod(array.shape[1:])))
    return flat[:, :: max(1, flat.shape[1] // LOOKED_AT)]


def _hash(rows: Sequence[np.ndarray]) -> str:
    hashed = hashlib.blake2b(digest_size=SIZE)
    for row in rows:
        hashed.update(repr(row.tolist()).encode() if row.dtype.hasobject else row.tobytes())
    return hashed.hexdigest()


class Numbering:
    """Numbers samples by their content, in order of their first delivery.

    epochs -- the contents of whole epochs. What is there several times in each of them is taken for
    as many samples: data sets hold equal rows.
    """

    def __init__(self, epochs: Sequence[Sequence[str]]) -> None:
        counts = [Counter(epoch) for epoch in epochs] or [Counter()]
        self._copies = {
            content: max(1, min(count[content] for count in counts))
            for epoch in epochs
            for content in epoch
        }
        self._first: Dict[str, int] = {}
        self.n = 0
        for content, copies in self._copies.items():
            self._first[content] = self.n
            self.n += copies

    @property
    def copies(self) -> int:
        """Samples that have the content of another one."""
        return self.n - len(self._first)

    @property
    def numbers(self) -> Dict[str, int]:
        """The number of each content: the first of as many as have it."""
        return dict(self._first)

    @property
    def alike(self) -> Dict[int, int]:
        """How many samples have one content, by the first of them, where they are several."""
        return {self._first[one]: many for one, many in self._copies.items() if many > 1}

    def ids(self, contents: Sequence[str], seen: Dict[str, int]) -> Tuple[int, ...]:
        """Return the number of each content; `seen` counts them within one epoch.

        What no whole epoch held gets a number of its own, past all others.
        """
        return tuple(self._id(content, seen) for content in contents)

    def _id(self, content: str, seen: Dict[str, int]) -> int:
        if content not in self._first:
            self._first[content], self._copies[content] = self.n, 1
            self.n += 1
        before = seen.get(content, 0)
        seen[content] = before + 1
        return self._first[content] + before % self._copies[content]
