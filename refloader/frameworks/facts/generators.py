"""What becomes of a plain generator: shared among threads, copied into processes, or used up."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any, List

from refloader.frameworks.facts.loaders import numbered
from refloader.frameworks.facts.probe import probe
from refloader.frameworks.facts.run import Absent, Run, named, told
from refloader.frameworks.feeding import dataset_has_workers

STEPS = 4


@probe("generator.finite-second-epoch")
def finite(run: Run) -> Any:
    """Fit two epochs of four steps from a generator of four batches."""
    error = run.outcome(numbered(run.log, STEPS), epochs=2, steps_per_epoch=STEPS)
    return run.consumed() if error is None else named(error)


@probe("generator.first-batch")
def first_batch(run: Run) -> Any:
    """Fit a model of no fixed inputs, for the first time, from an endless generator."""
    run.fit(numbered(run.log), steps_per_epoch=STEPS)
    return run.consumed()[0][0]


@probe("generator.read-ahead", repeats=3)
def read_ahead(run: Run) -> Any:
    """See whether more is read of an endless generator than the four steps that train.

    How much more depends on what else the machine does: one batch, or a queue full.
    """
    run.fit(numbered(run.log), steps_per_epoch=STEPS, epochs=1)
    time.sleep(0.3)
    return "nothing" if len(run.log.events("read")) == STEPS else "some batches"


@probe("generator.second-fit", repeats=3)
def second_fit(run: Run) -> Any:
    """Fit twice from one endless generator, and see which batches the model never gets."""
    data = numbered(run.log)
    for _ in range(2):
        run.fit(data, steps_per_epoch=STEPS)
    first, second = run.consumed()
    between = second[0] - first[-1] - 1 if first and second else 0
    return "nothing lost" if between == 0 else "batches lost" if between > 0 else "repeated"


@probe("generator.threads", settings=("threads",), repeats=3)
def threads(run: Run) -> Any:
    """Fit two epochs from one generator that two threads read."""
    return _shared(run)


@probe("generator.processes-copy", settings=("processes",), repeats=2)
def processes(run: Run) -> Any:
    """Fit two epochs from one generator that two forked processes read."""
    return _shared(run)


@probe("generator.spawn", settings=("spawn", "forkserver"))
def spawned(run: Run) -> Any:
    """Fit from a generator that processes are to read which are not forked."""
    _needs_workers(run)
    error = run.outcome(numbered(run.log), steps_per_epoch=STEPS)
    if error is None:
        return "runs"
    reason = [line for line in told(error).splitlines() if "pickle" in line]
    return reason[0] if reason else named(error)


def _shared(run: Run) -> str:
    _needs_workers(run)
    error = run.outcome(numbered(run.log, slow=0.02), epochs=2, steps_per_epoch=2 * STEPS)
    if error is not None:
        return named(error)
    consumed: List[int] = [index for epoch in run.consumed() for index in epoch]
    often = max(Counter(consumed).values())
    return "each batch once" if often == 1 else "batches again from each worker"


def _needs_workers(run: Run) -> None:
    if dataset_has_workers(run.keras):
        raise Absent("workers for a generator")
