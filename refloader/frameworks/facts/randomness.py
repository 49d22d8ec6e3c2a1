"""Random numbers: what workers draw, and what training does to those of the caller."""

from __future__ import annotations

import random
import time
from typing import Any, Callable, Dict, List

import numpy as np

from refloader.frameworks.facts.loaders import Numbered
from refloader.frameworks.facts.probe import WORKERS, probe
from refloader.frameworks.facts.run import Run


class Drawing(Numbered):
    """Each read draws a random number, as augmentation does, and takes a while."""

    def item(self, index: int) -> Any:
        """Draw, and log what was drawn."""
        self.log.note("draw", value=int(np.random.randint(1 << 30)))  # noqa: NPY002 - what loaders do
        time.sleep(0.05)
        return super().item(index)


@probe("rng.worker-draws", settings=("processes",), repeats=2)
def worker_draws(run: Run) -> Any:
    """Compare the first draws of two forked workers, and of the workers of two epochs."""
    run.fit(run.either(Drawing(run.log, 8)), epochs=2)
    first: Dict[int, int] = {}
    for event in run.log.events("draw"):
        if event["where"] == "a process":
            first.setdefault(event["pid"], event["value"])
    values: List[int] = list(first.values())
    return "all workers draw the same" if len(set(values)) < len(values) else "each worker its own"


@probe("rng.parent-touched", settings=WORKERS)
def parent_touched(run: Run) -> Any:
    """Compare the states of random and numpy.random before and after training by default."""
    loader = Numbered(run.log, 6)
    run.fit(loader)
    sources: Dict[str, Callable[[], Any]] = {
        "random": random.getstate,
        "numpy.random": lambda: str(np.random.get_state()),  # noqa: NPY002 - the global one
    }
    before = {name: state() for name, state in sources.items()}
    run.fit(loader)
    changed = [name for name, state in sources.items() if state() != before[name]]
    return changed or "neither"
