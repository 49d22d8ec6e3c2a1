"""The length of a loader: when it is read, and what happens where the steps differ from it."""

from __future__ import annotations

from typing import Any

from refloader.frameworks.facts.loaders import Numbered
from refloader.frameworks.facts.probe import probe
from refloader.frameworks.facts.run import Absent, Run, named

PASSES = 3


@probe("length.reread")
def reread(run: Run) -> Any:
    """Let a loader of three batches have five from the end of its first epoch on."""
    loader = Numbered(run.log, 3)

    class Grow(run.keras.callbacks.Callback):  # type: ignore[name-defined]
        """Sets the new length."""

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            """Set it."""
            loader.length = 5

    run.fit(loader, epochs=PASSES, callbacks=[Grow()], shuffle=False)
    return [len(epoch) for epoch in run.consumed()]


@probe("steps.fewer-than-length", settings=("alone", "threads"))
def fewer(run: Run) -> Any:
    """Ask for three steps an epoch of a loader of four batches."""
    error = run.outcome(Numbered(run.log, 4), epochs=PASSES, steps_per_epoch=3, shuffle=False)
    return run.consumed() if error is None else named(error)


@probe("steps.more-than-length", settings=("alone", "threads"))
def more(run: Run) -> Any:
    """Ask for six steps an epoch of a loader of four batches."""
    error = run.outcome(Numbered(run.log, 4), epochs=2, steps_per_epoch=6, shuffle=False)
    return run.consumed() if error is None else named(error)


class Endless(Numbered):
    """A loader that has a batch for every index, as Keras 3 allows."""

    num_batches = None

    def __len__(self) -> int:
        raise TypeError("it is endless")


@probe("length.endless", settings=("alone", "threads"), repeats=2)
def endless(run: Run) -> Any:
    """Ask for three steps an epoch of a loader without a length."""
    if not hasattr(run.base, "num_batches"):
        raise Absent("loaders without a length")
    loader = Endless(run.log, 1000)
    error = run.outcome(loader, epochs=PASSES, steps_per_epoch=3, shuffle=False)
    return run.consumed() if error is None else named(error)


@probe("length.zero", settings=("alone", "threads"))
def zero(run: Run) -> Any:
    """Fit on a loader of no batches."""
    return named(run.outcome(Numbered(run.log, 0)))


@probe("length.zero-validation")
def zero_validation(run: Run) -> Any:
    """Validate on a loader of no batches."""
    data = Numbered(run.log, 3)
    return named(run.outcome(data, validation_data=Numbered(run.log, 0)))
