"""Time epochs of `fit`: a loader, Keras' way of feeding from it, and next to no training."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np

from refloader.bench.clock import Clock
from refloader.bench.competitors import BATCH, Feed
from refloader.frameworks.installed import load
from refloader.frameworks.spelling import spelled, takes


def fitted(
    feed: Feed, image_size: Tuple[int, int], files: int, epochs: int
) -> List[Dict[str, float]]:
    """Train a model of one small layer, and return the figures of each epoch.

    :param image_size: (height, width) of a picture.
    :param files: how many pictures there are in an epoch.
    :raises RuntimeError: if an epoch had another number of batches than that makes.
    """
    keras = load()
    model = keras.models.Sequential(
        [
            keras.layers.GlobalAveragePooling2D(input_shape=(*image_size, 3)),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer="sgd", loss="mse")
    # It is built and traced now, off the clock.
    model.fit(np.zeros((BATCH, *image_size, 3), "float32"), np.zeros(BATCH), verbose=0)
    options = {name: value for name, value in feed.options.items() if takes(model.fit, name)}
    clock = Clock()
    times = _callback(keras, clock, files)
    told = {**options, **spelled(model.fit, epochs=epochs)}
    model.fit(*feed.data, callbacks=[times], verbose=0, **told)
    return clock.figures


def _callback(keras: Any, clock: Clock, files: int) -> Any:
    """Return what tells the clock of each batch and epoch that was trained on."""

    class Times(keras.callbacks.Callback):  # type: ignore[misc]
        batches = 0

        def on_batch_end(self, _batch: int, logs: Any = None) -> None:  # noqa: ARG002
            clock.batch(max(0, min(BATCH, files - BATCH * self.batches)))
            self.batches += 1

        def on_epoch_end(self, _epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            if self.batches != -(-files // BATCH):
                raise RuntimeError(f"an epoch of {files} files had {self.batches} batches")
            clock.epoch()
            self.batches = 0

    return Times()
