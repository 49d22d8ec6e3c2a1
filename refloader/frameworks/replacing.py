"""A model without `train_step` whose batch-level calls only record (before TensorFlow 2.2)."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Tuple

import numpy as np

from refloader.frameworks.recorder import Recorder, arranged, leaves


def loader_model(keras: Any, recorder: Recorder) -> Any:
    """Return a compiled model whose `*_on_batch` methods record the loader's batches."""
    model = _blank(keras)

    def train_on_batch(x: Any, y: Any = None, sample_weight: Any = None, **_: Any) -> List[float]:
        recorder.step("train", x, y, sample_weight)
        return [0.0]

    def test_on_batch(x: Any, y: Any = None, sample_weight: Any = None, **_: Any) -> List[float]:
        recorder.step("test", x, y, sample_weight)
        return [0.0]

    def predict_on_batch(x: Any) -> Any:
        recorder.step("predict", x)
        return _zeros(1)  # fits into any number of rows, where room for all was made before

    model.train_on_batch = train_on_batch
    model.test_on_batch = test_on_batch
    model.predict_on_batch = predict_on_batch
    return model


def array_model(keras: Any, recorder: Recorder, arrays: Tuple[Any, ...]) -> Any:
    """Return a compiled model for arrays of these shapes whose backend functions record.

    Keras turns each one-dimensional array into a column; what is recorded has the rows' own shape.
    """
    model = _compiled(keras, arrays[0], arrays[1])

    def recording(mode: str, nests: Tuple[Any, ...]) -> Callable[[List[Any]], List[Any]]:
        def function(fed: List[Any]) -> List[Any]:
            recorder.step(mode, *_arranged(nests, fed))
            return [_zeros(len(fed[0])) for _ in model.outputs] if mode == "predict" else losses

        return function

    losses = [0.0] * len(model.metrics_names)
    model.train_function = recording("train", arrays)
    model.test_function = recording("test", arrays)
    model.predict_function = recording("predict", arrays[:1])
    for name in ("train", "test", "predict"):  # each would build the real one in its place
        setattr(model, f"_make_{name}_function", _nothing)
    return model


def _arranged(nests: Tuple[Any, ...], fed: List[Any]) -> List[Any]:
    """Give the flat list that a backend function is fed the structure of the arrays."""
    rest = iter(fed)
    return [
        arranged(
            nest, [next(rest).reshape((-1, *leaf.shape[1:])) for leaf in leaves(nest).values()]
        )
        for nest in nests
    ]


def _blank(keras: Any) -> Any:
    """Build a model of one number; without a Lambda, whose functions Keras 1 takes bare only."""
    number = keras.layers.Input(shape=(1,))
    model = keras.models.Model(number, keras.layers.Activation("linear")(number))
    model.compile("sgd", loss="mse")
    return model


def _compiled(keras: Any, x: Any, y: Any) -> Any:
    """Build the smallest model with these inputs and outputs; it has no weights."""
    layers = keras.layers
    inputs = [
        layers.Input(shape=leaf.shape[1:] or (1,), dtype=str(leaf.dtype), name=name)
        for name, leaf in _named(x)
    ]
    # Not a list of one: Keras 2.2.5 loses its dtype.
    summed = inputs if len(inputs) > 1 else inputs[0]
    total = layers.Lambda(_row_sums, arguments={"backend": keras.backend})(summed)
    outputs = [layers.Lambda(_same, name=name)(total) for name, _ in _named(y)]
    model = keras.models.Model(inputs, outputs)  # the first Keras calls them input and output
    model.compile("sgd", loss=_no_loss)
    return model


def _named(nest: Any) -> List[Tuple[Optional[str], Any]]:
    """Return the arrays with the names that Keras finds them by: only those in a dict have one."""
    return [(name if isinstance(nest, dict) else None, leaf) for name, leaf in leaves(nest).items()]


def _bare(function: Any) -> Any:
    """Return a function without annotations: the first Keras refuses them in a Lambda."""
    function.__annotations__.clear()
    return function


@_bare
def _row_sums(inputs: Any, backend: Any) -> Any:
    parts = inputs if isinstance(inputs, list) else [inputs]
    # Not batch_flatten: that of the first Keras needs a function that TensorFlow 1 took away.
    widths = [int(np.prod(backend.int_shape(part)[1:])) for part in parts]
    flat = [backend.reshape(part, (-1, width)) for part, width in zip(parts, widths)]
    return sum(backend.sum(backend.cast(part, "float32"), 1, keepdims=True) for part in flat)


@_bare
def _same(tensor: Any) -> Any:
    return tensor


def _no_loss(_labels: Any, answers: Any) -> Any:
    return answers


def _zeros(count: int) -> Any:
    return np.zeros((count, 1), "float32")


def _nothing() -> None:
    return None
