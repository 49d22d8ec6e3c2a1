"""What a loader delivers after the read of a batch was broken off at one of its lines."""

from __future__ import annotations

import contextlib
from itertools import count, zip_longest
from typing import Any, Dict, List, Optional, Tuple

from refloader.contract.judging.broken_off import Rows
from refloader.contract.ledger import Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.direct import steps_of
from refloader.driving.drives.sources import subject_files
from refloader.driving.observing.observe import observe
from refloader.driving.observing.recording import Tick
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.global_random import seed_all
from refloader.driving.surroundings.interrupting import (
    Place,
    cleaning,
    interrupt_at,
    run_places,
    shown,
)

#: Interrupted reads of a loader with threads or processes of its own, each of which takes long to build.
FEW_PLACES = 12


def spoilt(
    bench: Bench, samples: Samples, scenario: Scenario, tick: Tick, *, workers: bool
) -> Optional[Tuple[str, int, Any, Any]]:
    """Return where an interrupt was after which a batch that is read again, or the next, is another.

    With the batch's index, what it holds, and what it holds where nothing was interrupted. None where
    no interrupt is followed by one, or where the same batches do not come each time.
    """
    reader = _Again(bench, samples, scenario)
    whole = reader.batches()
    if whole is None or reader.batches() != whole:
        return None
    for place, time in reader.places(FEW_PLACES if workers else None):
        tick()
        found = reader.batches(place, time) or {}
        for index, batch in found.items():
            if index in whole and _unlike(batch, whole[index], augmented=bench.policy.augment):
                return shown(place), index, batch, whole[index]
    return None


class _Again:
    """Reads the second batch of loaders that are built anew, interrupted, and then it and the next ones."""

    def __init__(self, bench: Bench, samples: Samples, scenario: Scenario) -> None:
        self._bench = bench
        self._samples = samples
        self._scenario = scenario

    def places(self, most: Optional[int]) -> List[Tuple[Place, int]]:
        """Return each line that the read runs, with the first and the last time that it does."""
        subject = self._begun()
        files = subject_files(subject)
        ran = run_places(files, lambda: subject.read(1))
        left_out = frozenset().union(*map(cleaning, files))
        found = [
            (place, time)
            for place, times in ran.items()
            if place not in left_out
            for time in sorted({1, times})
        ]
        return found[:: 1 if most is None else -(-len(found) // most) or 1]

    def batches(self, place: Optional[Place] = None, time: int = 1) -> Optional[Dict[int, Rows]]:
        """Return what the batches hold after a read of the second that was interrupted here, by index.

        place -- None for a read that is not interrupted; the result is None where that gives another batch
            than it gives when it is read again
        """
        subject, times = self._begun(), count(1)
        first: Optional[Rows] = None
        with interrupt_at(
            subject_files(subject), lambda now: now == place and next(times) == time
        ), contextlib.suppress(Exception, KeyboardInterrupt):
            first = self._rows(subject.read(1))
        found: Dict[int, Rows] = {}
        # A read that fails says so.
        with contextlib.suppress(Exception):
            for index in range(1, steps_of(subject)):
                found[index] = self._rows(subject.read(index))
        return found if place is not None or found.get(1) == first else None

    def _begun(self) -> Subject:
        seed_all(self._scenario.seed)
        subject = self._bench.build(self._samples, self._scenario)
        subject.read(0)
        return subject

    def _rows(self, raw: Any) -> Rows:
        batch = observe(raw, self._bench.identify)
        return tuple(zip_longest(batch.ids, batch.targets))


def _unlike(found: Rows, wanted: Rows, *, augmented: bool) -> bool:
    """Say whether two batches hold other samples, or other targets of them.

    Of what is augmented not every picture can be read, and targets may be blended.
    """
    if not augmented or len(found) != len(wanted):
        return found != wanted
    samples = ((mine, theirs) for (mine, _), (theirs, _) in zip(found, wanted))
    return any(mine != theirs for mine, theirs in samples if None not in (mine, theirs))
