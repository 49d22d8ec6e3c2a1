"""The process is told of another number of processors than the machine has."""

from __future__ import annotations

import os
from typing import Any, Set

#: Two numbers of processors, none of which is usual: one of them is another than the machine's.
COUNTS = (3, 5)


def other_cores() -> None:
    """Have whoever asks for the number of processors get another one, for the rest of this process.

    It decides how many workers there are, and may not decide what they deliver.
    """
    count = next(one for one in COUNTS if one != os.cpu_count())

    def counted() -> int:
        return count

    def allowed(_pid: int) -> Set[int]:
        return set(range(count))

    # multiprocessing.cpu_count and concurrent.futures ask these. The last is new in Python 3.13.
    here: Any = os
    here.cpu_count = counted
    here.sched_getaffinity = allowed
    if hasattr(os, "process_cpu_count"):
        here.process_cpu_count = counted
