"""The process-wide random generators, from which a loader may draw but should not."""

from __future__ import annotations

import random
import sys
from typing import Any, Dict, List

import numpy as np

# What is added to a drive's seed for the process-wide generators.
UNLIKE = 1_000_003
#: The state of each generator, by its name.
States = Dict[str, Any]
_TORCH = "torch"


def seed_all(seed: int) -> None:
    """Seed them, so that a drive has the same state each time: a loader may draw from it.

    Not with the seed itself: a loader that seeds with it would change nothing.
    """
    random.seed(seed + UNLIKE)
    np.random.seed((seed + UNLIKE) % 2**32)  # noqa: NPY002 - the legacy state is what loaders draw from
    torch = _torch()
    if torch:
        torch.manual_seed(seed + UNLIKE)


def random_states() -> States:
    """Return where they stand."""
    states = {"random": random.getstate(), "numpy.random": np.random.get_state()}  # noqa: NPY002 - as above
    torch = _torch()
    return {**states, _TORCH: (torch.initial_seed(), torch.get_rng_state())} if torch else states


def restore(states: States) -> None:
    """Set them to where they stood."""
    random.setstate(states["random"])
    np.random.set_state(states["numpy.random"])  # noqa: NPY002 - as above
    torch = _torch()
    if torch and _TORCH in states:
        torch.set_rng_state(states[_TORCH][1])


def moved_on(before: States, after: States) -> List[str]:
    """Return the names of those that do not stand where they stood."""
    return sorted(name for name in before if _plain(name, before) != _plain(name, after))


def _torch() -> Any:
    """Return torch, if the loader has imported it: whoever has not cannot draw from it."""
    torch = sys.modules.get("torch")
    return torch if hasattr(torch, "get_rng_state") else None


def _plain(name: str, states: States) -> Any:
    state = states[name]
    if name == _TORCH:
        # Its own DataLoader draws from it in each iteration: only to seed it anew is not for a loader.
        return state[0]
    return [part.tobytes() if isinstance(part, np.ndarray) else part for part in state]
