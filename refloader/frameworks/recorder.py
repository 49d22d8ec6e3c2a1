"""What a training step consumed, handed to a sink as NumPy arrays."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

import numpy as np

from refloader.nest import like

#: Called inside the step with the phase, the epoch (from 0), and the nests x, y and weight.
Sink = Callable[[str, int, Any, Any, Any], None]

# The phase that a step of each mode belongs to, by path. Steps of other modes are of no interest:
# the training that `validation` needs in order to happen runs on rows of its own.
_PHASES: Dict[str, Dict[str, str]] = {
    "fit": {"train": "train"},
    "fit_generator": {"train": "train"},
    "validation": {"test": "validation"},
    "evaluate": {"test": "evaluate"},
    "evaluate_generator": {"test": "evaluate"},
    "predict": {"predict": "predict"},
    "predict_generator": {"predict": "predict"},
}


class Recorder:
    """Passes the steps of one path on to a sink, each with its phase and epoch."""

    def __init__(self, path: str, sink: Sink) -> None:
        """Record the steps that matter on this path."""
        self._phases = _PHASES[path]
        self._sink = sink
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, _logs: Any = None) -> None:
        """Note the epoch that the framework says it is in."""
        self.epoch = epoch

    def step(self, mode: str, x: Any, y: Any = None, weight: Any = None) -> None:
        """Record one step of mode `train`, `test` or `predict`."""
        phase = self._phases.get(mode)
        if phase is not None:
            self._sink(phase, self.epoch, owned(x), owned(y), owned(weight))


def owned(nest: Any) -> Any:
    """Copy a nest of tensors into NumPy arrays: a tensor may share memory with the loader."""
    if nest is None:
        return None
    if isinstance(nest, dict):
        return {name: owned(part) for name, part in nest.items()}
    if isinstance(nest, list):
        return [owned(part) for part in nest]
    if isinstance(nest, tuple):
        return tuple(owned(part) for part in nest)
    return np.array(nest)


def rows(nest: Any) -> int:
    """Return the leading size of the arrays of a nest."""
    while isinstance(nest, (dict, list, tuple)):
        nest = next(iter(leaves(nest).values()))
    return int(nest.shape[0])


def leaves(nest: Any) -> Dict[str, Any]:
    """Return the arrays of a nest one level deep, by key or by place."""
    if isinstance(nest, dict):
        return dict(nest)
    if isinstance(nest, (list, tuple)):
        return {str(place): part for place, part in enumerate(nest)}
    return {"0": nest}


def arranged(nest: Any, parts: List[Any]) -> Any:
    """Arrange parts, given in the order of `leaves`, as a nest is arranged."""
    return like(nest, parts) if isinstance(nest, (dict, list, tuple)) else parts[0]
