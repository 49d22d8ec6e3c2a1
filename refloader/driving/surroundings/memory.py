"""The memory that Python and NumPy hold in this process, while tracemalloc counts it."""

from __future__ import annotations

import gc
import sys
import threading
import time
import tracemalloc

# What ends by itself, such as a thread that was told to, may take so long.
SETTLE_SECONDS = 1.0
# What else goes on in the process, such as this watching itself, allocates so little in between.
GLANCE_BYTES = 1024
# Under this name since Python 3.13.
forget_lookups = getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache  # noqa: SLF001


def held_bytes() -> int:
    """Return the memory that is held, without what Python itself keeps.

    Its cache of attribute lookups holds on to the names that were asked for: each read that
    unpickles a batch adds some, until it has thousands.
    """
    gc.collect()
    forget_lookups()
    return tracemalloc.get_traced_memory()[0]


def settled_bytes(others: int, *, longest: float = SETTLE_SECONDS, still: int = 1) -> int:
    """Return the memory that is held once threads of the loader's have filled their buffers.

    others -- how many threads are no loader's: with no more than these nothing is waited for
    longest -- seconds; still -- at how many glances in a row it is the same then
    """
    deadline = time.monotonic() + longest
    now, same = held_bytes(), 0
    while threading.active_count() > others and same < still and time.monotonic() < deadline:
        before = now
        time.sleep(SETTLE_SECONDS / 20)
        now = held_bytes()
        same = same + 1 if abs(now - before) < GLANCE_BYTES else 0
    return now
