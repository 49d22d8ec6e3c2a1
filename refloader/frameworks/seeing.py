"""A model that records what its eager layers and loss are given (TensorFlow 2.0 and 2.1).

There `fit` has a loop of its own, which calls neither `train_step` nor `train_on_batch`.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

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


def seeing_model(keras: Any, recorder: Recorder) -> Any:
    """Return a compiled model that records inputs and labels, and answers 0 for each row."""
    backend = keras.backend

    class Witness(keras.models.Model):
        """A model without layers."""

        predicting = False
        seen: Any = None
        training: Any = False

        # Under its own parameters: which there are says what it can be asked for.
        @functools.wraps(keras.models.Model.predict)
        def predict(self, *arguments: Any, **named: Any) -> Any:
            """Predict; no loss follows, so the inputs alone are recorded."""
            self.predicting = True
            try:
                return super().predict(*arguments, **named)
            finally:
                self.predicting = False

        def call(self, x: Any, training: Any = None) -> Any:
            """Note the inputs for the loss, which is given the labels."""
            self.seen, self.training = x, training
            if self.predicting and _has_values(x):
                recorder.step("predict", x)
            return backend.zeros_like(_first(x))[:, :1]

    model = Witness()

    def loss(labels: Any, answers: Any) -> Any:
        if _has_values(labels):
            recorder.step("train" if model.training else "test", model.seen, labels)
        return backend.mean(answers, axis=-1)

    model.compile("sgd", loss=loss, run_eagerly=True)
    return model


def _has_values(nest: Any) -> bool:
    """Tell a step from the tracing of the model before it."""
    return hasattr(_first(nest), "numpy")


def _first(nest: Any) -> Any:
    while isinstance(nest, (list, tuple, dict)):
        nest = next(iter(nest.values() if isinstance(nest, dict) else nest))
    return nest
