"""A model that records what its eager layers and loss are given (TensorFlow 2.0 and 2.1).

There `fit` has a loop of its own, which calls neither `train_step` nor `train_on_batch`.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, List

from refloader.frameworks.recorder import Recorder


def executes_eagerly(keras: Any) -> bool:
    """Tell whether this is the Keras of a TensorFlow that runs a model's Python in each step."""
    tensorflow = sys.modules.get("tensorflow")
    return (
        hasattr(keras.models.Model, "run_eagerly")
        and tensorflow is not None
        and "tensorflow" in keras.__name__
        and bool(tensorflow.executing_eagerly())
    )


def seeing_model(keras: Any, recorder: Recorder, outputs: int = 1) -> Any:
    """Return a compiled model that records inputs and labels, and answers 0 for each row.

    outputs -- how many arrays of labels there are.
    """
    backend = keras.backend

    class Witness(keras.models.Model):
        """A model without layers."""

        predicting = False
        seen: Any = None
        training: Any = False

        predict = _noting(keras.models.Model.predict)
        predict_generator = _noting(keras.models.Model.predict_generator)

        def call(self, x: Any, training: Any = None) -> Any:
            """Note the inputs for the loss, which is given the labels."""
            self.seen, self.training = x, training
            if self.predicting and _has_values(x):
                recorder.step("predict", x)
            zeros = backend.zeros_like(_first(x), dtype="float32")[:, :1]
            return [zeros + 0 for _ in range(outputs)] if outputs > 1 else zeros

    model = Witness()

    model.compile("sgd", loss=_SeeingLoss(model, recorder, outputs, backend.mean), run_eagerly=True)
    return model


class _SeeingLoss:
    """Records what a loss is given. Without the `reduction` of Keras' own it is given the weights."""

    def __init__(self, model: Any, recorder: Recorder, outputs: int, mean: Any) -> None:
        self._model = model
        self._recorder = recorder
        self._outputs = outputs
        self._mean = mean
        self._labels: List[Any] = []

    def __call__(self, labels: Any, answers: Any, sample_weight: Any = None) -> Any:
        """Note the labels of one output, and the whole step after those of the last."""
        if _has_values(labels):
            self._labels.append(labels)
            if len(self._labels) == self._outputs:
                mode = "train" if self._model.training else "test"
                known = self._labels if self._outputs > 1 else labels
                self._recorder.step(mode, self._model.seen, known, sample_weight)
                self._labels = []
        return self._mean(answers)


def _noting(method: Any) -> Any:
    """Return a way to predict during which inputs are recorded by themselves: no loss follows."""

    # Under its own parameters: which there are says what it can be asked for.
    @functools.wraps(method)
    def predict(model: Any, *arguments: Any, **named: Any) -> Any:
        before, model.predicting = model.predicting, True
        try:
            return method(model, *arguments, **named)
        finally:
            model.predicting = before

    return predict


def _has_values(nest: Any) -> bool:
    """Tell a step from the tracing of the model before it."""
    return hasattr(_first(nest), "numpy")


def _first(nest: Any) -> Any:
    while isinstance(nest, (list, tuple, dict)):
        nest = next(iter(nest.values() if isinstance(nest, dict) else nest))
    return nest
