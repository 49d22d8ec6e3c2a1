"""The process-wide random generators, from which a loader may draw but should not."""

from __future__ import annotations

import contextlib
import random
from typing import Any, Dict, Iterator, List

import numpy as np

# What is added to a drive's seed for the process-wide generators.
UNLIKE = 1_000_003
#: The state of each generator, by its name.
States = Dict[str, Any]


def seed_all(seed: int) -> None:
    """Seed them, not with the seed itself: a loader that seeds with it would change nothing."""
    random.seed(seed + UNLIKE)
    np.random.seed((seed + UNLIKE) % 2**32)  # noqa: NPY002 - the legacy state is what loaders draw from


@contextlib.contextmanager
def steady_random(seed: int) -> Iterator[None]:
    """Give a drive the same global random state each time; a loader may draw from it."""
    seed_all(seed)
    yield


def random_states() -> States:
    """Return where they stand."""
    return {"random": random.getstate(), "numpy.random": np.random.get_state()}  # noqa: NPY002 - as above


def restore(states: States) -> None:
    """Set them to where they stood."""
    random.setstate(states["random"])
    np.random.set_state(states["numpy.random"])  # noqa: NPY002 - as above


def moved_on(before: States, after: States) -> List[str]:
    """Return the names of those that do not stand where they stood."""
    return sorted(name for name in before if _plain(before[name]) != _plain(after[name]))


def _plain(state: Any) -> Any:
    return [part.tobytes() if isinstance(part, np.ndarray) else part for part in state]
