"""The arguments that each path of feeding takes, whatever the installed Keras calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np

from refloader.errors import UsageError
from refloader.frameworks.bases import as_sequence
from refloader.frameworks.feeding import Feeding, dataset_has_workers
from refloader.frameworks.recorder import arranged, leaves

_STEPS = {
    "fit": "steps_per_epoch",
    "fit_generator": "steps_per_epoch",
    "validation": "validation_steps",
}


@dataclass(frozen=True)
class Call:
    """The data as positional arguments, and further arguments by their meaning."""

    data: Tuple[Any, ...]
    meant: Dict[str, Any]


class Blank:
    """One batch of zeros, to train on where only the validation matters."""

    def __len__(self) -> int:
        """Return the number of batches."""
        return 1

    def __getitem__(self, index: int) -> Tuple[Any, Any]:
        """Return the batch."""
        if index:
            raise IndexError(index)
        return np.zeros((1, 1), "float32"), np.zeros((1, 1), "float32")


def array_call(feeding: Feeding, arrays: Tuple[Any, ...], batch_size: Optional[int]) -> Call:
    """Return the call that feeds a tuple of arrays; validation trains on the first row.

    Raises UsageError if the tuple is not (x, y) or (x, y, weight).
    """
    if len(arrays) not in {2, 3}:
        raise UsageError(f"arrays are a tuple of {len(arrays)}; expected (x, y) or (x, y, weight)")
    meant: Dict[str, Any] = {"batch_size": batch_size}
    if feeding.path == "predict":
        return Call(arrays[:1], meant)
    trained = arrays
    if feeding.path == "validation":
        meant["validation_data"] = arrays
        trained = tuple(_first_row(nest) for nest in arrays)
    for weight in trained[2:]:
        meant["sample_weight"] = weight
    return Call(trained[:2], meant)


def loader_call(keras: Any, feeding: Feeding, subject: Any, steps: Optional[int]) -> Call:
    """Return the call that feeds an indexable loader or a generator; validation trains on zeros.

    Raises UsageError for a generator without steps.
    """
    indexable = hasattr(subject, "__getitem__")
    if not indexable and steps is None:
        raise UsageError(f"a {type(subject).__name__} needs steps, the batches in an epoch")
    meant = {_STEPS.get(feeding.path, "steps"): steps}
    if not dataset_has_workers(keras):
        meant.update(workers=feeding.workers, processes=feeding.processes)
        subject = as_sequence(subject) if indexable else subject
    elif indexable:
        subject = as_sequence(subject, feeding.workers, feeding.processes)
    if feeding.path == "validation":
        blank = Blank()
        # Not every release takes arrays beside a loader; those that do train on them at once, and
        # need no workers for it, which some wait for at each epoch's end.
        trained = blank[0] if hasattr(keras.models.Model, "train_step") else (as_sequence(blank),)
        return Call(trained, dict(meant, validation_data=subject))
    return Call((subject,), meant)


def _first_row(nest: Any) -> Any:
    return arranged(nest, [leaf[:1] for leaf in leaves(nest).values()])
