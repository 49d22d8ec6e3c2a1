"""How likely it is that two readers who draw from chances of their own draw alike."""

from __future__ import annotations

import math
from collections import Counter
from typing import Sequence

#: What is as unlikely is nobody's accident. A loader with the system's chance is judged anew in each run.
_UNLIKELY = 1e-6


def by_accident(drawn: Sequence[str], rows: Sequence[Sequence[str]], others: int) -> bool:
    """Tell whether rows that were drawn twice may have come out alike without a fault.

    A coin that is tossed once a batch gives twelve batches alike in one of 4,000 cases, and a rare
    augmentation leaves most batches as they were.

    drawn -- all that was drawn, from which follows how often each comes
    rows -- those that came a second time, each in its order
    others -- how many rows each was compared with
    """
    counted = Counter(drawn)
    likely = sum(
        math.log(others) + sum(math.log(counted[one] / len(drawn)) for one in row) for row in rows
    )
    return likely > math.log(_UNLIKELY)
