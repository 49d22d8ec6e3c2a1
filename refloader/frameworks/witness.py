"""The model is the witness: run the real training and record what its steps consumed."""

from __future__ import annotations

from typing import Any, Optional

from refloader.frameworks.calling import array_call, loader_call
from refloader.frameworks.feeding import METHODS, Feeding
from refloader.frameworks.graph_session import keep_graph_session
from refloader.frameworks.installed import load
from refloader.frameworks.recorder import Recorder, Sink, leaves
from refloader.frameworks.replacing import array_model, loader_model
from refloader.frameworks.seeing import executes_eagerly, seeing_model
from refloader.frameworks.spelling import counted, spelled, steps_needed, takes
from refloader.frameworks.stepping import stepping_model


def feed(
    feeding: Feeding,
    subject: Any,
    *,
    epochs: int,
    steps: Optional[int],
    batch_size: Optional[int],
    sink: Sink,
    shuffle: Optional[bool] = None,
) -> None:
    """Feed a model from a subject, and hand what each step consumed to the sink.

    feeding -- one of `feedings(kind)`.
    subject -- an indexable loader, a generator, or a tuple of arrays (x, y) or (x, y, weight).
    epochs -- epochs to fit, with validation after each; evaluate and predict run that many times.
    steps -- batches in an epoch, which a generator needs; None takes the length of the loader.
    batch_size -- rows in a batch of arrays, or in a full one of a loader or generator, which has
        its own, but the first Keras counts in rows.
    sink -- called inside each step with (phase, epoch, x, y, weight); the phase is `train`,
        `validation`, `evaluate` or `predict`; x, y and weight are nests of NumPy arrays that the
        sink may keep, None where there are none; a prediction has only x.
    shuffle -- passed to fit; None leaves the default of the framework.

    What the subject raises comes out as the framework lets it. Raises UsageError for a generator
    without steps. A subject that is a Keras data set keeps the worker settings of the feeding.
    """
    keras = load()
    keep_graph_session()
    recorder = Recorder(feeding.path, sink)
    if isinstance(subject, tuple):
        call = array_call(feeding, subject, batch_size)
    else:
        call = loader_call(keras, feeding, subject, steps)
    method = getattr(_model(keras, recorder, subject), METHODS[feeding.path])
    meant = call.meant
    for needed in steps_needed(method):
        meant[needed] = meant.get(needed) or len(subject)
    meant = counted(method, batch_size or 1, meant)
    if takes(method, "verbose"):
        meant["verbose"] = 0
    if METHODS[feeding.path].startswith("fit"):
        clock = keras.callbacks.LambdaCallback(on_epoch_begin=recorder.on_epoch_begin)
        meant.update(epochs=epochs, shuffle=shuffle, callbacks=[clock])
        method(*call.data, **spelled(method, **meant))
        return
    for epoch in range(epochs):
        recorder.on_epoch_begin(epoch)
        method(*call.data, **spelled(method, **meant))


def _model(keras: Any, recorder: Recorder, subject: Any) -> Any:
    if not isinstance(subject, tuple) or hasattr(keras.models.Model, "train_step"):
        return loader_witness(keras, recorder)
    if executes_eagerly(keras):
        return seeing_model(keras, recorder, outputs=len(leaves(subject[1])))
    return array_model(keras, recorder, subject)


def loader_witness(keras: Any, recorder: Recorder) -> Any:
    """Return a compiled model whose steps record what they consume of a loader or generator."""
    if hasattr(keras.models.Model, "train_step"):
        return stepping_model(keras, recorder)
    if executes_eagerly(keras):
        return seeing_model(keras, recorder)
    return loader_model(keras, recorder)
