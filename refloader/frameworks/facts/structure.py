"""What the training step is given of a batch, by the structure that the loader returned it in."""

from __future__ import annotations

from typing import Any

import numpy as np

from refloader.frameworks.facts.loaders import ROWS, Numbered, batch
from refloader.frameworks.facts.probe import probe
from refloader.frameworks.facts.run import Run, named

_X, _Y = batch(1)
_WEIGHT = np.ones(ROWS, "float32")


class Shaped(Numbered):
    """Every batch has the structure of `example`."""

    example: Any = None

    def item(self, index: int) -> Any:  # noqa: ARG002
        """Return the example."""
        return self.example


@probe("structure.list-or-tuple")
def as_list(run: Run) -> Any:
    """Return a batch as a list of x and y."""
    return _given(run, [_X, _Y])


@probe("structure.dict")
def as_dict(run: Run) -> Any:
    """Return x as a dict of two inputs."""
    return _given(run, ({"a": _X, "b": _X}, _Y))


@probe("structure.inputs-list")
def as_inputs(run: Run) -> Any:
    """Return x as a list of two inputs."""
    return _given(run, ([_X, _X], _Y))


@probe("structure.bare")
def bare(run: Run) -> Any:
    """Return x alone, not in a tuple."""
    return _given(run, _X)


@probe("structure.changes")
def changes(run: Run) -> Any:
    """Return a batch with weights after three without."""
    loader = Changing(run.log, 5)
    error = run.outcome(run.either(loader), shuffle=False)
    return "goes on" if error is None else named(error)


class Changing(Numbered):
    """The fourth batch and later ones have weights too."""

    def item(self, index: int) -> Any:
        """Return weights from the fourth on."""
        return batch(index) if index <= 2 else (*batch(index), _WEIGHT)  # noqa: PLR2004


@probe("dtype.kept")
def dtypes(run: Run) -> Any:
    """Return x as float64 and y as int64, and look at what the step gets."""
    error = _fit(run, (_X.astype("float64"), _Y.astype("int64")))
    return run.log.events("train")[0]["dtypes"] if error is None else named(error)


def _given(run: Run, example: Any) -> Any:
    """Return "x" and "y" as the step got them: a dot is an array."""
    error = _fit(run, example)
    if error is not None:
        return named(error)
    step = run.log.events("train")[0]
    return {"x": step["x"], "y": step["y"]}


def _fit(run: Run, example: Any) -> Any:
    loader = Shaped(run.log, 3)
    loader.example = example
    return run.outcome(run.either(loader))
