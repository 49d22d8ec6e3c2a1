"""Which drives to make when there is little time: those that find most a second come first.

The times are planned, not taken: the same budget makes the same drives on every machine, so that a
verdict never depends on a clock.
"""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterable, NamedTuple

from refloader.contract import drives
from refloader.contract.policy import Policy

#: Seconds until the first drive: importing, finding the factory, looking at what it builds.
START_SECONDS = {"arrays": 1.2, "files": 2.5}
#: Driving processes that work side by side (refloader.evidence.READERS).
SIDE_BY_SIDE = 2


class Price(NamedTuple):
    """What a drive costs and brings.

    arrays, files -- seconds for a loader of arrays and of small image files, on two quiet cores;
    found -- loaders of the zoo whose own defect its ledgers are the first to show
    """

    arrays: float
    files: float
    found: int


#: Measured over fixtures/zoo, by `python tests/quality/prices.py`.
PRICES: Dict[str, Price] = {
    drives.EPOCHS: Price(0.12, 0.9, 45),
    drives.ITERATION: Price(0.12, 0.42, 5),
    drives.TWO_PASSES: Price(0.02, 0.07, 1),
    drives.TWO_LOADERS: Price(0.02, 0.1, 1),
    drives.REREADS: Price(0.06, 0.47, 7),
    drives.SEEDS: Price(1.2, 2.1, 4),
    drives.SHUFFLES: Price(0.03, 0.13, 3),
    drives.HOOKS: Price(0.2, 0.75, 3),
    drives.THREADS: Price(0.03, 0.2, 1),
    drives.STAGGERED: Price(0.01, 0.05, 2),
    drives.INTERLEAVED: Price(0.25, 1.6, 4),
    drives.PROCESSES: Price(1.9, 2.8, 3),
    drives.CONSUMERS: Price(0.25, 1.6, 1),
    drives.DRAWS: Price(0.1, 0.3, 1),
    drives.COPIES: Price(0.1, 0.3, 1),
    drives.PICKLING: Price(0.48, 0.9, 10),
    drives.RESOURCES: Price(0.3, 0.75, 2),
    drives.INTERRUPTED: Price(0.1, 0.4, 1),
    drives.EMPTY: Price(0.01, 0.01, 6),
    drives.BAD_FILES: Price(0.45, 0.45, 9),
    drives.BLANK_SAMPLE: Price(0.01, 0.02, 1),
    drives.MANY_CLASSES: Price(0.02, 0.5, 1),
    drives.NAMED_TWICE: Price(0.01, 0.02, 1),
    drives.WIDE_PICTURES: Price(0.01, 0.02, 1),
    drives.RELABELLED: Price(0.01, 0.02, 1),
    drives.UNIFORM: Price(0.1, 0.6, 2),
    drives.OWN_WORKERS: Price(0.02, 0.05, 1),
    drives.SHARDS: Price(0.2, 0.9, 5),
    drives.BAD_SHARDS: Price(0.02, 0.05, 1),
    drives.RESUMED: Price(0.8, 1.5, 5),
    drives.RESHARDED: Price(0.05, 0.2, 1),
    # As a share of two lanes: mostly it waits for the framework.
    drives.BROKEN_FIT: Price(10.0, 10.0, 1),
    drives.STARTED_FIT: Price(30.0, 30.0, 1),
    drives.TRAINING: Price(30.0, 30.0, 3),
}


def left_out(budget: float, needed: Iterable[str], policy: Policy) -> FrozenSet[str]:
    """Return the drives among those needed that a budget of so many seconds has no room for.

    What finds most a second is taken first; what does not fit any more makes room for a cheaper one.
    """
    kind = "files" if policy.samples in {"image-files", "frame"} else "arrays"
    cost = {driver: getattr(PRICES[driver], kind) for driver in dict.fromkeys(needed)}
    room = max(0.0, budget - START_SECONDS[kind]) * SIDE_BY_SIDE
    omitted = set()
    for driver in sorted(cost, key=lambda one: cost[one] / PRICES[one].found):
        if cost[driver] <= room:
            room -= cost[driver]
        else:
            omitted.add(driver)
    return frozenset(omitted)
