"""Which data sets and requests each drive is made with: corners by hand, the rest by Hypothesis."""

from __future__ import annotations

import functools
import sys
from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional, Tuple

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from refloader.contract import drives
from refloader.contract.ledger import Scenario
from refloader.contract.policy import CHOICES, Policy
from refloader.driving.drivers import Drive, is_dear

DTYPES = ("float32", "uint8", "float64", "float16")
SHUFFLE_EPOCHS = 6
MANY_EPOCHS, FEW_EPOCHS = 104, 10

#: Corners that always come first: tails of every kind, less than a batch, more than a thousand.
CORNERS: Dict[str, Tuple[Scenario, ...]] = {
    drives.EPOCHS: (
        Scenario(8, 4, epochs=3, classes=3),
        Scenario(9, 4, epochs=3, classes=3),
        Scenario(11, 4, epochs=3, classes=4),
        Scenario(3, 4),
        # Less than half a batch, which as many rows again do not fill up.
        Scenario(1, 4),
        Scenario(1, 2),
        Scenario(12, 3, classes=5, seed=1, shuffled_index=True),
        Scenario(10, 4, classes=2, seed=2, dtype="uint8", same_names=True),
        # In batches of more rows than who reads sixteen, thirty-two or a hundred at once expects.
        Scenario(133, 33, seed=3, classes=4),
        Scenario(300, 290, seed=5, classes=4),
        # Past 1,024 samples, and past 256 batches: people try a loader out with so many, and forget that
        # they did. Of few classes: many factories are written for the ten of one data set.
        Scenario(1030, 4, seed=4, classes=4),
        # What holds for the first hundred epochs alone.
        Scenario(5, 4, epochs=MANY_EPOCHS),
    ),
    drives.ITERATION: (Scenario(8, 4), Scenario(9, 4), Scenario(3, 4), Scenario(5, 1, seed=2)),
    drives.TWO_PASSES: (Scenario(8, 4), Scenario(9, 2, seed=1, classes=3)),
    drives.TWO_LOADERS: (Scenario(12, 4, classes=3), Scenario(9, 2, seed=1)),
    drives.REREADS: (
        Scenario(8, 4),
        Scenario(9, 2, seed=1),
        Scenario(11, 4, shuffled_index=True),
    ),
    # Many batches: with ten or more, two equal orders in a row are no accident (1 in 3,628,800).
    drives.SHUFFLES: (Scenario(40, 3, epochs=SHUFFLE_EPOCHS, classes=3),),
    # Many classes, as the order of a set of few names is the same in half of all processes.
    # And seed 0, which is no seed to whoever writes `seed or None`.
    drives.SEEDS: (
        Scenario(31, 3, seed=5, classes=5, epochs=3),
        Scenario(31, 3, seed=0, classes=5),
    ),
    drives.UNIFORM: (Scenario(8, 4, epochs=96),),
    drives.HOOKS: (Scenario(9, 4), Scenario(8, 2, seed=1), Scenario(5, 4)),
    drives.THREADS: (Scenario(24, 2, classes=3), Scenario(13, 4, seed=1, classes=3)),
    drives.INTERLEAVED: (Scenario(12, 4, classes=3), Scenario(4, 1, seed=1)),
    drives.PROCESSES: (Scenario(13, 4, classes=5),),
    # So many batches that equal draws are no accident: twelve a worker and epoch. One row a batch shows
    # what is drawn for each sample alike, wherever a shuffle has put it.
    drives.DRAWS: (Scenario(96, 4), Scenario(96, 1)),
    drives.COPIES: (Scenario(13, 4),),
    drives.CONSUMERS: (Scenario(13, 4), Scenario(4, 1, seed=1)),
    drives.PICKLING: (Scenario(9, 4, classes=5), Scenario(64, 8, seed=1)),
    drives.OWN_WORKERS: (Scenario(26, 4),),
    drives.RESOURCES: (Scenario(32, 8),),
    drives.EMPTY: (Scenario(0, 4),),
    drives.BAD_FILES: (
        Scenario(6, 2, seed=2),
        # Good samples stand before the bad one, and a whole batch comes after it.
        Scenario(13, 4, seed=6, classes=3, same_names=True),
        Scenario(4, 4, seed=0),
        # The bad sample is alone in its batch, where the order is kept.
        Scenario(5, 2, seed=4),
    ),
    drives.SHARDS: (
        Scenario(13, 4, classes=3, epochs=3),
        Scenario(12, 3),
        Scenario(17, 2, seed=1),
        Scenario(3, 4),
        Scenario(1, 2),
    ),
    drives.RESUMED: (Scenario(13, 3, classes=3), Scenario(4, 4, seed=1), Scenario(30, 4, seed=2)),
    drives.RESHARDED: (Scenario(13, 2), Scenario(24, 4, seed=1, epochs=3)),
    # The file of the last sample is damaged: frameworks peek at the first batches by themselves.
    drives.BROKEN_FIT: (Scenario(13, 4, classes=3, seed=12),),
    drives.STARTED_FIT: (Scenario(13, 4, classes=3, epochs=1),),
    drives.TRAINING: (
        Scenario(13, 4, classes=3),
        Scenario(3, 4, seed=2),
    ),
}
#: The same for loaders that read nothing but vectors in memory, of which many cost little: so many that
#: their numbers need more than fifteen bits, in batches of more than a thousand.
OF_VECTORS: Dict[str, Tuple[Scenario, ...]] = {
    drives.EPOCHS: (Scenario(33_000, 1_100, epochs=1, classes=3),)
}
#: And for streams: one that begins each epoch inside of the last gets deeper with each.
OF_STREAMS: Dict[str, Tuple[Scenario, ...]] = {drives.EPOCHS: (Scenario(2, 2, epochs=1_010),)}
_INDEXED = ("sequence",)
_BATCHED = ("sequence", "generator")
#: The kinds of loader that a drive can be made of, where not of all.
KINDS: Dict[str, Tuple[str, ...]] = {
    drives.ITERATION: _INDEXED,
    drives.TWO_PASSES: _INDEXED,
    drives.TWO_LOADERS: _BATCHED,
    drives.REREADS: _BATCHED,
    drives.HOOKS: _INDEXED,
    drives.THREADS: _INDEXED,
    drives.INTERLEAVED: _INDEXED,
    drives.PROCESSES: _INDEXED,
    drives.DRAWS: _BATCHED,
    drives.STARTED_FIT: _INDEXED,
    drives.CONSUMERS: ("generator",),
    drives.COPIES: ("generator",),
    drives.SHUFFLES: _BATCHED,
    drives.UNIFORM: _BATCHED,
    drives.OWN_WORKERS: _BATCHED,
    drives.BROKEN_FIT: _BATCHED,
    drives.SEEDS: _BATCHED,
    drives.PICKLING: _BATCHED,
    drives.RESOURCES: _BATCHED,
    drives.SHARDS: _BATCHED,
    drives.RESUMED: _BATCHED,
    drives.RESHARDED: _BATCHED,
}
#: What a loader must have declared for a drive.
DECLARED: Dict[str, Tuple[str, ...]] = {
    drives.DRAWS: ("augment",),
    drives.UNIFORM: ("shuffle",),
    drives.SHARDS: ("shards",),
    drives.RESUMED: ("resumable",),
    drives.RESHARDED: ("shards", "resumable"),
}
#: How many more scenarios Hypothesis draws, per variant of the drive.
DRAWN = {
    drives.EPOCHS: 16,
    drives.ITERATION: 8,
    drives.REREADS: 8,
    drives.HOOKS: 1,
    drives.THREADS: 2,
    drives.SHARDS: 4,
}
#: How many more an exploration draws, per driver and variant.
EXPLORED = 100
#: In how many scenarios a smaller witness is looked for, where a drive takes a second or more.
MOST_TRIED = {drives.TRAINING: 12, drives.BROKEN_FIT: 0, drives.RESOURCES: 0}
#: Bounds of what is drawn (and shrunk to): smallest and largest n, largest batch size.
BOUNDS: Dict[str, Tuple[int, int, int]] = {
    drives.SHUFFLES: (30, 45, 3),
    drives.SEEDS: (30, 45, 3),
    drives.UNIFORM: (8, 8, 4),
    drives.OWN_WORKERS: (5, 26, 4),
    drives.BROKEN_FIT: (13, 13, 4),
    drives.BAD_FILES: (2, 9, 4),
    drives.RESOURCES: (32, 32, 8),
    drives.DRAWS: (96, 96, 4),
    drives.COPIES: (13, 24, 4),
    drives.EMPTY: (0, 0, 4),
    drives.STARTED_FIT: (13, 13, 4),
    drives.TRAINING: (1, 13, 4),
}
USUAL_BOUNDS = (1, 24, 8)
MOST_CLASSES = 5
QUIET = settings(
    database=None,
    deadline=None,
    verbosity=Verbosity.quiet,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


def planned(
    driver: str,
    variant: Any,
    policy: Policy,
    exploring: Optional[int] = None,
    *,
    brief: bool = False,
    vectors: bool = False,
) -> List[Drive]:
    """Return the drives of one driver in one variant: the corners, then what is drawn.

    policy -- what the loader declares: of a binary task all data sets have two classes
    exploring -- a seed from which many more scenarios are drawn than the usual ones
    brief -- only corners, and of these none of very many epochs or samples
    vectors -- the loader was seen to read vectors in memory alone
    """
    drawn = () if brief else _drawn(driver, DRAWN.get(driver, 0))
    if exploring is not None:
        drawn += _drawn(driver, EXPLORED, exploring)
    scenarios = [*CORNERS[driver], *drawn]
    if policy.kind == "generator":
        scenarios += OF_STREAMS.get(driver, ())
    if vectors and not brief:
        scenarios += OF_VECTORS.get(driver, ())
    scenarios = scenarios[: 1 if is_dear(variant) else None]
    if brief:
        scenarios = [one for one in scenarios if one.epochs <= FEW_EPOCHS]
    if policy.classes == "two":
        scenarios = [replace(scenario, classes=2) for scenario in scenarios]
    return [Drive(driver, scenario, variant) for scenario in dict.fromkeys(scenarios)]


@functools.lru_cache(maxsize=None)
def _drawn(driver: str, count: int, chance: int = 0) -> Tuple[Scenario, ...]:
    found: List[Scenario] = []

    def noted(scenario: Scenario) -> bool:
        found.append(scenario)
        return False

    if count:
        _search(scenarios(driver), noted, count, chance)
    return tuple(dict.fromkeys(found))[:count]


def scenarios(driver: str, largest: Optional[Scenario] = None) -> st.SearchStrategy[Scenario]:
    """Return the strategy for a driver's scenarios, none larger than `largest`."""
    low, high, widest = BOUNDS.get(driver, USUAL_BOUNDS)
    sizes = st.integers(low, high)
    if largest is not None:
        sizes = st.integers(min(low, largest.n), largest.n)
        widest = max(widest, largest.batch_size)
    return st.builds(
        Scenario,
        n=sizes,
        batch_size=st.integers(1, widest),
        seed=st.integers(0, 9),
        epochs=st.just(largest.epochs if largest is not None else _epochs(driver)),
        classes=st.integers(2, largest.classes if largest is not None else MOST_CLASSES),
        dtype=st.sampled_from(DTYPES),
        shuffled_index=st.booleans(),
        # Not drawn, only shrunk: it matters to loaders of files alone.
        same_names=st.booleans() if largest is not None and largest.same_names else st.just(False),  # noqa: FBT003 - a value
    )


def _epochs(driver: str) -> int:
    return SHUFFLE_EPOCHS if driver == drives.SHUFFLES else 2


def smallest(drive: Drive, fails: Callable[[Drive], bool], tries: int) -> Drive:
    """Return the smallest drive that Hypothesis finds to fail too, within `tries` examples."""
    known: Dict[Scenario, bool] = {}
    most = MOST_TRIED.get(drive.driver, sys.maxsize)

    def fails_with(scenario: Scenario) -> bool:
        if scenario not in known:
            smaller = Drive(drive.driver, scenario, drive.variant)
            known[scenario] = len(known) < most and fails(smaller)
        return known[scenario]

    found = _search(scenarios(drive.driver, drive.scenario), fails_with, tries)
    return drive if found is None else Drive(drive.driver, found, drive.variant)


def _search(
    strategy: st.SearchStrategy[Scenario],
    wanted: Callable[[Scenario], bool],
    examples: int,
    chance: int = 0,
) -> Optional[Scenario]:
    """Return the smallest scenario that is wanted; the same each time for the same predicate.

    chance -- the seed of what is tried
    """
    last: List[Scenario] = []

    @seed(chance)
    @settings(QUIET, max_examples=examples)
    @given(strategy)
    def search(scenario: Scenario) -> None:
        if wanted(scenario):
            last.append(scenario)
            raise _Found

    try:
        search()
    except _Found:
        # Hypothesis runs the smallest example once more at the end.
        return last[-1]
    return None


class _Found(Exception):  # noqa: N818 - how Hypothesis is told that an example is wanted
    """Tell that a scenario is one of those that are looked for."""


def applicable(driver: str, policy: Policy) -> bool:
    """Say whether a loader of this policy can be driven so."""
    kinds = KINDS.get(driver, CHOICES["kind"])
    declared = DECLARED.get(driver, ())
    if driver in {drives.BAD_FILES, drives.BROKEN_FIT} and policy.samples not in {
        "image-files",
        "frame",
    }:
        return False
    return policy.kind in kinds and all(getattr(policy, field) for field in declared)
