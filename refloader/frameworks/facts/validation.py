"""What validation reads, in which epoch, and what evaluating twice gives."""

from __future__ import annotations

from typing import Any, List

from refloader.frameworks.facts.loaders import Numbered, numbered
from refloader.frameworks.facts.probe import probe
from refloader.frameworks.facts.run import Run, named, raised

EPOCHS = 3
STEPS = 2


@probe("validation.calls", "validation.hook-calls", settings=("alone", "threads"), repeats=2)
def calls(run: Run) -> Any:
    """Validate on a loader of four batches after each of two epochs."""
    validation = Held(run.log, 4)
    run.fit(Numbered(run.log, 3), epochs=2, validation_data=validation)
    return {
        "validation.calls": [len(epoch) for epoch in run.consumed("test")],
        "validation.hook-calls": len(run.log.events("validation hook")),
    }


class Held(Numbered):
    """The loader of the validation data, whose hook is logged apart."""

    def on_epoch_end(self) -> None:
        """Log it."""
        self.log.note("validation hook")


@probe("validation.window", settings=("alone", "threads"), repeats=2)
def window(run: Run) -> Any:
    """Validate two steps of a loader of five batches after each of three epochs."""
    return _validated(run, Numbered(run.log, 5))


@probe("validation.generator-window", repeats=3)
def generator_window(run: Run) -> Any:
    """Validate two steps of an endless generator after each of three epochs."""
    return _in_words(_validated(run, numbered(run.log)))


@probe("evaluate.generator-twice", repeats=3)
def evaluate_twice(run: Run) -> Any:
    """Evaluate two steps of one endless generator, three times."""
    return _again(run, "evaluate", "test")


@probe("predict.generator-twice", repeats=3)
def predict_twice(run: Run) -> Any:
    """Predict two steps of one endless generator, three times."""
    return _again(run, "predict", "predict")


def _validated(run: Run, data: Any) -> Any:
    error = run.outcome(
        Numbered(run.log, 3) if run.has_index else numbered(run.log),
        epochs=EPOCHS,
        steps_per_epoch=3,
        validation_data=data,
        validation_steps=STEPS,
    )
    return run.consumed("test") if error is None else named(error)


def _again(run: Run, method: str, mode: str) -> Any:
    data, model = numbered(run.log), run.model()
    taken: List[List[int]] = []
    before = 0
    for _ in range(EPOCHS):
        error = raised(lambda: run.call(run.evaluating(model, method), data, steps=STEPS))
        if error is not None:
            return named(error)
        events = [event["index"] for event in run.steps(mode)]
        taken.append(events[before:])
        before = len(events)
    return _in_words(taken)


def _in_words(windows: Any) -> Any:
    """Tell what three windows of two batches are of 0, 1, 2, ...; how many are lost is chance."""
    if isinstance(windows, str):
        return windows
    taken: List[int] = [index for window in windows for index in window]
    if taken == list(range(STEPS * EPOCHS)):
        return "goes on where it stopped"
    if windows == [windows[0]] * EPOCHS:
        return "the same batches each time"
    increasing = all(one < other for one, other in zip(taken, taken[1:]))
    return "batches lost in between" if increasing else str(windows)
