"""Worker processes: what reaches them under each start method."""

from __future__ import annotations

from typing import Any

from refloader.frameworks.facts.loaders import Numbered
from refloader.frameworks.facts.probe import STARTS, probe
from refloader.frameworks.facts.run import Run, named

LENGTH = 4


# Workers that are not forked import the framework first: on a busy machine that takes its time.
@probe("sequence.spawn", settings=STARTS, patience=90.0)
def started(run: Run) -> Any:
    """Fit from a loader that pickles, with two processes."""
    error = run.outcome(Numbered(run.log, LENGTH))
    if error is not None:
        return named(error)
    return (
        "every batch once"
        if sorted(run.consumed()[0]) == list(range(LENGTH))
        else "not every batch"
    )


@probe("sequence.unpicklable", settings=STARTS)
def unpicklable(run: Run) -> Any:
    """Fit from a loader that holds a lambda, which no pickle takes, with two processes."""
    loader: Any = Numbered(run.log, LENGTH)
    loader.transform = lambda x: x
    error = run.outcome(loader)
    return "runs" if error is None else named(error)
