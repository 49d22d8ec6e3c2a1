"""A model with `train_step` that only records (TensorFlow 2.2 and later, Keras 3)."""

from __future__ import annotations

import inspect
from typing import Any, Dict, Tuple

import numpy as np

from refloader.frameworks.recorder import Recorder, rows


def stepping_model(keras: Any, recorder: Recorder) -> Any:
    """Return a compiled model whose steps record what they are given, whatever its structure."""
    # A single answer must be a tensor: Keras calls its numpy().
    ops = getattr(keras, "ops", None)
    to_tensor = keras.backend.constant if ops is None else ops.convert_to_tensor
    # On torch the batch that a step is given is a list.
    unpacked = getattr(keras.utils, "unpack_x_y_sample_weight", _unpacked)

    class Witness(keras.models.Model):
        """A model without layers."""

        def train_step(self, data: Any) -> Dict[str, float]:
            """Record one step of training."""
            recorder.step("train", *unpacked(data))
            return {"loss": 0.0}

        def test_step(self, data: Any) -> Dict[str, float]:
            """Record one step of validation or evaluation."""
            recorder.step("test", *unpacked(data))
            return {"loss": 0.0}

        def predict_step(self, data: Any) -> Any:
            """Record the inputs of one step of prediction; each row's answer is 0."""
            x = unpacked(data)[0]
            recorder.step("predict", x)
            return to_tensor(np.zeros((rows(x), 1), "float32"))

    model = _threading_state(Witness)() if _is_stateless(keras) else Witness()
    model.built = True  # it has nothing to build, and building would draw a batch on its own
    model.compile(run_eagerly=True)
    return model


def _is_stateless(keras: Any) -> bool:
    """Tell whether steps are given the state of the model and return it, as those of JAX are."""
    return "state" in inspect.signature(keras.models.Model.train_step).parameters


def _threading_state(witness: Any) -> Any:
    """Return the class with steps that hand the state on unchanged."""

    class Stateless(witness):
        def train_step(self, state: Any, data: Any) -> Tuple[Any, Any]:
            return super().train_step(data), state

        def test_step(self, state: Any, data: Any) -> Tuple[Any, Any]:
            return super().test_step(data), state

        def predict_step(self, state: Any, data: Any) -> Tuple[Any, Any]:
            return super().predict_step(data), state[1]

    return Stateless


def _unpacked(data: Any) -> Tuple[Any, ...]:
    return data if isinstance(data, tuple) else (data,)
