"""How much of an epoch a loader's workers have read when its first batch is taken, and no other."""

from __future__ import annotations

import contextlib
import gc
import threading
import tracemalloc
from itertools import islice
from typing import NamedTuple, Optional

from refloader.contract.ledger import Scenario
from refloader.driving.drives.direct import steps_of
from refloader.driving.observing.nest import size_of
from refloader.driving.observing.recording import Tick
from refloader.driving.subject import Bench
from refloader.driving.surroundings.children import running
from refloader.driving.surroundings.memory import held_bytes, settled_bytes

#: More batches than a queue with a bound has room for, and more samples than a usual buffer to shuffle in.
LONG = Scenario(2_100, 4)
# Beside other work a worker may not get on for a while.
LONGEST_SECONDS, STILL = 10.0, 10


class Ahead(NamedTuple):
    """Bytes of memory that a loader holds.

    begun -- after its first batch was taken; ended -- after the last; epoch -- in the batches between
    """

    begun: int
    ended: int
    epoch: int


def has_workers(bench: Bench, scenario: Scenario) -> bool:
    """Say whether there are more threads or processes once the first batch was taken of an iteration."""
    before = running()
    with bench.samples(scenario) as samples, contextlib.suppress(Exception):
        batches = bench.build(samples, scenario).iterator()
        next(batches)
        return running() > before
    return False


def read_ahead(bench: Bench, tick: Tick) -> Optional[Ahead]:
    """Return what is in memory of a long epoch, None where that cannot be read."""
    threads = threading.active_count()
    with bench.samples(LONG) as samples:
        tracemalloc.start()
        try:
            before = held_bytes()
            subject = bench.build(samples, LONG)
            batches = subject.iterator()
            size = size_of(next(batches))
            # At least one is waited for: the results of processes come by a thread that need not be there yet.
            begun = settled_bytes(threads - 1, longest=LONGEST_SECONDS, still=STILL) - before
            for raw in islice(batches, steps_of(subject) - 1):
                size += size_of(raw)
                tick()
            raw = None
            return Ahead(begun, held_bytes() - before, size)
        except Exception:  # noqa: BLE001 - what cannot be read is others' concern
            return None
        finally:
            # Some releases of Python crash where a thread allocates while the watching ends.
            subject = batches = None  # type: ignore[assignment]
            gc.collect()
            tracemalloc.stop()
