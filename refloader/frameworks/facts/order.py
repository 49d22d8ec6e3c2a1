"""The order in which batches arrive, and whose random numbers shuffle it."""

from __future__ import annotations

import random
import time
from typing import Any, Callable, Dict, List

import numpy as np

from refloader.frameworks.facts.loaders import Numbered
from refloader.frameworks.facts.probe import WORKERS, probe
from refloader.frameworks.facts.run import Run

LENGTH = 8


class Uneven(Numbered):
    """Every other read is slow, so that workers finish in another order than they began."""

    def item(self, index: int) -> Any:
        """Wait before the even ones."""
        time.sleep(0.0 if index % 2 else 0.04)
        return super().item(index)


@probe("order.kept", settings=WORKERS, repeats=2)
def kept(run: Run) -> Any:
    """Fit without shuffling, from reads of uneven length."""
    run.fit(Uneven(run.log, LENGTH), shuffle=False)
    return "by index" if run.consumed()[0] == list(range(LENGTH)) else "changed"


@probe("order.predicted", settings=WORKERS, repeats=2)
def predicted(run: Run) -> Any:
    """Predict from reads of uneven length."""
    model = run.model()
    method = run.evaluating(model, "predict")
    run.call(method, Uneven(run.log, LENGTH))
    indexes = [event["index"] for event in run.steps("predict")]
    return "by index" if indexes == list(range(LENGTH)) else "changed"


@probe("shuffle.random-source")
def random_source(run: Run) -> Any:
    """Fit twice after seeding one source of random numbers, and twice after another."""
    sources: Dict[str, Callable[[int], None]] = {
        "random": random.seed,
        "numpy.random": np.random.seed,
    }
    for name, seed in sources.items():
        orders: List[List[int]] = []
        for _ in range(2):
            seed(3)
            run.fit(Numbered(run.log, LENGTH))
            orders.append(run.consumed()[-1])
        if orders[0] == sorted(orders[0]):
            return "not shuffled"
        if orders[0] == orders[1]:
            return name
    return "neither random nor numpy.random"
