"""A model with `train_step` that only records (TensorFlow 2.2 and later, Keras 3)."""

from __future__ import annotations

from typing import Any, Dict, Tuple

import numpy as np

from refloader.frameworks.recorder import Recorder, rows


def stepping_model(keras: Any, recorder: Recorder) -> Any:
    """Return a compiled model whose steps record what they are given, whatever its structure."""
    # A single answer must be a tensor: Keras calls its numpy().
    ops = getattr(keras, "ops", None)
    to_tensor = keras.backend.constant if ops is None else ops.convert_to_tensor

    class Witness(keras.Model):
        """A model without layers."""

        def train_step(self, data: Any) -> Dict[str, float]:
            """Record one step of training."""
            recorder.step("train", *_unpacked(data))
            return {"loss": 0.0}

        def test_step(self, data: Any) -> Dict[str, float]:
            """Record one step of validation or evaluation."""
            recorder.step("test", *_unpacked(data))
            return {"loss": 0.0}

        def predict_step(self, data: Any) -> Any:
            """Record the inputs of one step of prediction; each row's answer is 0."""
            x = _unpacked(data)[0]
            recorder.step("predict", x)
            return to_tensor(np.zeros((rows(x), 1), "float32"))

    model = Witness()
    model.built = True  # it has nothing to build, and building would draw a batch on its own
    model.compile(run_eagerly=True)
    return model


def _unpacked(data: Any) -> Tuple[Any, ...]:
    return data if isinstance(data, tuple) else (data,)
