"""All drives by name, and in which variants each of them is made."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, List, Optional

from refloader.contract import drives
from refloader.contract.ledger import UNBUILT, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.driving.drives.bad_files import bad_files, damages
from refloader.driving.drives.consumers import consumers, copies
from refloader.driving.drives.draws import draws
from refloader.driving.drives.hooks import HOOK_PATTERNS, hooks
from refloader.driving.drives.interleaving import interleaving
from refloader.driving.drives.interrupted import interrupted
from refloader.driving.drives.own_workers import own_workers
from refloader.driving.drives.pickled import pickling, seeds
from refloader.driving.drives.plain import empty, epochs, iteration, shuffles, uniform
from refloader.driving.drives.pools import pools, processes
from refloader.driving.drives.rereads import rereads
from refloader.driving.drives.resources import resources
from refloader.driving.drives.resumed import resharded, resumed
from refloader.driving.drives.sharded import RANKS, bad_shards, shards
from refloader.driving.drives.staggered import staggered
from refloader.driving.drives.threads import threads
from refloader.driving.drives.two_loaders import two_loaders
from refloader.driving.drives.two_passes import two_passes
from refloader.driving.drives.unusual import (
    blank_sample,
    many_classes,
    named_twice,
    relabelled,
    wide_pictures,
)
from refloader.driving.observing.recording import Tick, describe
from refloader.driving.subject import Bench
from refloader.errors import is_full

#: The variant of a drive that starts an interpreter of its own, which is dear.
FRESH = True


def is_fresh(variant: Any) -> bool:
    """Say whether a variant starts an interpreter of its own."""
    return variant is FRESH or bool(getattr(variant, "fresh", False))


def is_dear(variant: Any) -> bool:
    """Say whether a variant starts processes: it is made once, and no failure of it is shrunk."""
    return is_fresh(variant) or bool(getattr(variant, "workers", 0))


@dataclass(frozen=True)
class Drive:
    """One drive to be made: by which driver, over which scenario, in which variant of it."""

    driver: str
    scenario: Scenario
    variant: Any = None


def _training(*arguments: Any) -> Ledger:
    # Imported here: only this drive needs a framework, and only the process that makes it.
    from refloader.driving.drives.training import training  # noqa: PLC0415

    return training(*arguments)


def _broken_fit(*arguments: Any) -> Ledger:
    from refloader.driving.drives.training import broken_fit  # noqa: PLC0415 - as above

    return broken_fit(*arguments)


DRIVERS: Dict[str, Callable[..., Ledger]] = {
    drives.EPOCHS: epochs,
    drives.ITERATION: iteration,
    drives.TWO_PASSES: two_passes,
    drives.TWO_LOADERS: two_loaders,
    drives.REREADS: rereads,
    drives.SEEDS: seeds,
    drives.SHUFFLES: shuffles,
    drives.UNIFORM: uniform,
    drives.HOOKS: hooks,
    drives.THREADS: threads,
    drives.STAGGERED: staggered,
    drives.INTERLEAVED: interleaving,
    drives.PROCESSES: processes,
    drives.CONSUMERS: consumers,
    drives.DRAWS: draws,
    drives.COPIES: copies,
    drives.PICKLING: pickling,
    drives.OWN_WORKERS: own_workers,
    drives.RESOURCES: resources,
    drives.INTERRUPTED: interrupted,
    drives.EMPTY: empty,
    drives.BAD_FILES: bad_files,
    drives.BLANK_SAMPLE: blank_sample,
    drives.MANY_CLASSES: many_classes,
    drives.NAMED_TWICE: named_twice,
    drives.WIDE_PICTURES: wide_pictures,
    drives.RELABELLED: relabelled,
    drives.SHARDS: shards,
    drives.BAD_SHARDS: bad_shards,
    drives.RESUMED: resumed,
    drives.RESHARDED: resharded,
    drives.BROKEN_FIT: _broken_fit,
    drives.STARTED_FIT: _training,
    drives.TRAINING: _training,
}


def make(drive: Drive, bench: Bench, tick: Tick) -> Ledger:
    """Make one drive and return its ledger.

    A factory that cannot be called again with the same samples, as it took something out of them, has an
    empty one in most drives.
    """
    variant = () if drive.variant is None else (drive.variant,)
    try:
        return DRIVERS[drive.driver](bench, drive.scenario, tick, *variant)
    except Exception as error:
        if is_full(error) or not _in_the_factory(error):
            raise
        return Ledger(drive.driver, drive.scenario, facts={UNBUILT: describe(error)})


def _in_the_factory(error: Exception) -> bool:
    """Say whether an error passed through the building of a loader."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code is Bench.build.__code__ for frame, _ in frames)


def variants(driver: str, policy: Policy) -> Optional[List[Any]]:
    """Return the variants of a driver, ``[None]`` where it has but one way.

    Where the driver needs a framework: None if none is installed.
    """
    if driver in drives.FRAMEWORK:
        return _feedings(driver, policy.kind)
    of_its_own: Dict[str, Callable[[], Iterable[Any]]] = {
        drives.PROCESSES: pools,
        drives.SHARDS: lambda: RANKS,
        drives.HOOKS: lambda: HOOK_PATTERNS,
        drives.BAD_FILES: lambda: damages(policy),
        drives.NAMED_TWICE: lambda: [policy.samples],
    }
    if driver in of_its_own:
        return list(of_its_own[driver]())
    # In this process as often as scenarios are drawn; then once in a fresh one, which is dear.
    once_elsewhere = driver in (drives.PICKLING, drives.SEEDS, drives.RESUMED)
    return [False, FRESH] if once_elsewhere else [None]


def _feedings(driver: str, kind: str) -> Optional[List[Any]]:
    """Return how the installed framework feeds in a drive, None where none is installed."""
    from refloader.frameworks.feeding import feedings, fits, started_feedings  # noqa: PLC0415
    from refloader.frameworks.installed import installed  # noqa: PLC0415 - both as above

    if installed() is None:
        return None
    if driver == drives.STARTED_FIT:
        return list(started_feedings(kind))
    return list(feedings(kind) if driver == drives.TRAINING else fits(kind))
