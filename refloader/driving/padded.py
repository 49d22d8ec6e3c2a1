"""The reference loader with batches of two widths, as of what is padded to the longest of its batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from refloader.loading import ArrayLoader, ImageLoader

#: So many batches are of one width: frameworks take the shapes of all from the first two.
FIRST = 2


class _Padded:
    def batch(self, epoch: int, index: int) -> Any:
        """Return a batch of any epoch, of which x is longer behind the first ones."""
        x, *rest = super().batch(epoch, index)  # type: ignore[misc]
        longer = [(0, 0)] * x.ndim
        longer[1] = (0, int(index >= FIRST))
        return (np.pad(x, longer), *rest)


class PaddedArrays(_Padded, ArrayLoader):
    """Loads batches from arrays."""


class PaddedImages(_Padded, ImageLoader):
    """Loads batches from image files."""
