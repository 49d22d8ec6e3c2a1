"""Which data sets and requests each drive is made with: the corners, and the rest by Hypothesis."""

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
from refloader.driving.corners import CORNERS, FEW_EPOCHS, OF_STREAMS, OF_VECTORS, SHUFFLE_EPOCHS
from refloader.driving.drivers import Drive, is_dear

DTYPES = ("float32", "uint8", "float64", "float16")
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
    drives.STAGGERED: _BATCHED,
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
    drives.INTERRUPTED: _BATCHED,
    drives.SHARDS: _BATCHED,
    drives.BAD_SHARDS: _BATCHED,
    drives.RESUMED: _BATCHED,
    drives.RESHARDED: _BATCHED,
}
#: What a loader must have declared for a drive.
DECLARED: Dict[str, Tuple[str, ...]] = {
    drives.SHARDS: ("shards",),
    drives.BAD_SHARDS: ("shards",),
    drives.RESUMED: ("resumable",),
    drives.RESHARDED: ("shards", "resumable"),
}
#: What only loaders of files are tried with.
OF_FILES = frozenset({drives.BAD_FILES, drives.BAD_SHARDS, drives.BROKEN_FIT, drives.NAMED_TWICE})
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
MOST_TRIED = {drives.TRAINING: 12, drives.BROKEN_FIT: 0, drives.RESOURCES: 0, drives.INTERRUPTED: 0}
#: Of larger data sets than this no smaller witness is looked for, as each try takes a second or more.
MOST_SAMPLES = 4_096
#: Bounds of what is drawn (and shrunk to): smallest and largest n, largest batch size.
BOUNDS: Dict[str, Tuple[int, int, int]] = {
    drives.SHUFFLES: (30, 45, 3),
    drives.SEEDS: (30, 45, 3),
    drives.UNIFORM: (8, 10, 4),
    drives.OWN_WORKERS: (5, 26, 4),
    drives.MANY_CLASSES: (300, 300, 50),
    drives.NAMED_TWICE: (8, 8, 4),
    drives.BROKEN_FIT: (13, 13, 4),
    drives.BAD_FILES: (2, 9, 4),
    drives.BAD_SHARDS: (13, 13, 4),
    drives.RESOURCES: (32, 32, 8),
    drives.INTERRUPTED: (9, 9, 4),
    drives.DRAWS: (96, 96, 4),
    drives.COPIES: (13, 24, 4),
    drives.EMPTY: (0, 0, 4),
    drives.STARTED_FIT: (13, 13, 4),
    drives.TRAINING: (1, 13, 4),
}
USUAL_BOUNDS = (1, 24, 8)
#: Of so many samples two classes have two each.
TWO_PAIRS = 4
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

    policy -- what the loader declares: of a binary task all data sets have two classes, and where there are
        pairs in each class, none has fewer than four samples
    exploring -- a seed from which many more scenarios are drawn than the usual ones
    brief -- only corners, and of these none of very many epochs
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
    if policy.classes == "pairs":
        scenarios = [_of_two_pairs(scenario) for scenario in scenarios]
    return [Drive(driver, scenario, variant) for scenario in dict.fromkeys(scenarios)]


def _of_two_pairs(scenario: Scenario) -> Scenario:
    """Return the scenario with four samples where it has fewer, and batches that are larger by as much."""
    if not 0 < scenario.n < TWO_PAIRS:
        return scenario
    return replace(scenario, n=TWO_PAIRS, batch_size=TWO_PAIRS * scenario.batch_size // scenario.n)


@functools.lru_cache(maxsize=None)
def _drawn(driver: str, count: int, chance: int = 0) -> Tuple[Scenario, ...]:
    found: List[Scenario] = []

    def noted(scenario: Scenario) -> bool:
        found.append(scenario)
        return False

    if count:
        _search(scenarios(driver), noted, count, chance)
    return tuple(dict.fromkeys(found))[:count]


def scenarios(
    driver: str, largest: Optional[Scenario] = None, least: int = 0
) -> st.SearchStrategy[Scenario]:
    """Return the strategy for a driver's scenarios, or for those from `least` samples on up to `largest`."""
    low, high, widest = BOUNDS.get(driver, USUAL_BOUNDS)
    if largest is not None:
        low, high = min(max(low, least), largest.n), largest.n
        widest = max(widest, largest.batch_size)
    return st.builds(
        Scenario,
        n=st.integers(low, high),
        batch_size=st.integers(1, widest),
        seed=st.integers(0, 9),
        epochs=st.just(largest.epochs if largest is not None else _epochs(driver)),
        classes=st.integers(2, largest.classes if largest is not None else MOST_CLASSES),
        dtype=st.sampled_from(DTYPES),
        shuffled_index=st.booleans(),
        # Not drawn, only shrunk: they matter to loaders of files alone.
        same_names=_shrunk(largest is not None and largest.same_names),
        odd_names=_shrunk(largest is not None and largest.odd_names),
    )


def _shrunk(flag: bool) -> st.SearchStrategy[bool]:  # noqa: FBT001 - a value
    return st.booleans() if flag else st.just(False)  # noqa: FBT003 - likewise


def _epochs(driver: str) -> int:
    return SHUFFLE_EPOCHS if driver == drives.SHUFFLES else 2


def smallest(drive: Drive, fails: Callable[[Drive], bool], tries: int, policy: Policy) -> Drive:
    """Return the smallest drive that Hypothesis finds to fail too, within `tries` examples."""
    known: Dict[Scenario, bool] = {}
    most = MOST_TRIED.get(drive.driver, sys.maxsize)

    def fails_with(scenario: Scenario) -> bool:
        if scenario not in known:
            smaller = Drive(drive.driver, scenario, drive.variant)
            known[scenario] = len(known) < most and fails(smaller)
        return known[scenario]

    if drive.scenario.n > MOST_SAMPLES:
        return drive
    least = TWO_PAIRS if policy.classes == "pairs" else 0
    found = _search(scenarios(drive.driver, drive.scenario, least), fails_with, tries)
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
    if driver == drives.BAD_SHARDS and policy.on_bad_sample == "raise":
        return False
    kinds = KINDS.get(driver, CHOICES["kind"])
    declared = DECLARED.get(driver, ())
    if driver in OF_FILES and policy.samples not in {"image-files", "frame"}:
        return False
    # Where y is a row's own, as a box is, the rows of one file may make one sample; and to name a file
    # again takes a sample from another class.
    if driver == drives.NAMED_TWICE and (policy.targets == "own" or policy.classes == "pairs"):
        return False
    drawn = policy.sampling == "with-replacement"
    if driver == drives.UNIFORM and not (policy.shuffle or drawn):
        return False
    if driver == drives.DRAWS and not (policy.augment or drawn):
        return False
    return policy.kind in kinds and all(getattr(policy, field) for field in declared)
