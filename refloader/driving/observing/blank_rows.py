"""Which rows are no samples, where files are bad: blank pictures, whatever else is said of them."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np

from refloader.driving.observing.nest import arrays_of, parts_of
from refloader.driving.observing.observe import Identify, corrected

#: Dimensions of a batch of pictures.
PICTURES = 4


def beside_bad_files(identify: Optional[Identify]) -> Optional[Identify]:
    """Return the user's own recovery of identities for batches with bad files, None where there is none."""
    return corrected(lenient(identify), without_blanks)


def lenient(identify: Optional[Identify]) -> Optional[Identify]:
    """Take rows for no samples where the user's own recovery fails at what was made of a bad file."""
    if identify is None:
        return None
    asked = identify

    def told(raw: Any) -> Sequence[Optional[int]]:
        try:
            return asked(raw)
        except Exception as error:
            if type(error) is LookupError:  # of a batch that says too little, as x alone does
                raise
            return [None] * next((len(array) for _, array in arrays_of(raw, "") if array.ndim), 0)

    return told


def without_blanks(raw: Any, ids: List[Optional[int]]) -> List[Optional[int]]:
    """Take no blank picture for its sample, by whatever else that was told."""
    inputs = [
        array for name, part in parts_of(raw) if name == "x" for _, array in arrays_of(part, name)
    ]
    pictures = [array for array in inputs if array.ndim == PICTURES and len(array) == len(ids)]
    blank = [not any(np.ptp(array[row]) for array in pictures) for row in range(len(ids))]
    return [None if pictures and empty else one for one, empty in zip(ids, blank)]
