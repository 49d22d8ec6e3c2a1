"""A worker of a training by tf.keras on MultiWorkerMirroredStrategy: `tensorflow_rank.py TRAINING`."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import tensorflow as tf
from journal import Journal, Training

import refloader

if importlib.util.find_spec("tf_keras"):
    import tf_keras as keras
else:
    from tensorflow import keras


class Noting(keras.Model):
    """A linear model that notes what its steps consume, inside of them."""

    def __init__(self, dies_in: Any, die: Callable[[], None]) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1, kernel_initializer="ones")
        self.dies_in, self.die, self.made, self.rows = dies_in, die, 0, []

    def call(self, x: Any) -> Any:
        """Return the answers; the first column is the sample's number and no feature."""
        return self.dense(x[:, 1:])

    def train_step(self, data: Any) -> Dict[str, Any]:
        """Make a step."""
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        tf.numpy_function(
            self.note, [x, y, tf.ones(tf.shape(x)[0]) if weight is None else weight], []
        )
        return super().train_step(data)

    def note(self, x: Any, y: Any, weight: Any) -> None:
        """Note the rows of a step, or die in it."""
        if self.dies_in == self.made:
            self.die()
        np.testing.assert_array_equal(y[:, 0], x[:, 1], "labels of other samples")
        self.rows.append([[int(row[0]), float(one)] for row, one in zip(x, weight)])


class Keeping(keras.callbacks.Callback):
    """Writes each step down, with what it takes to go on after it."""

    def __init__(self, loader: Any, journal: Journal) -> None:
        super().__init__()
        self.loader, self.journal = loader, journal

    def on_train_batch_end(self, _batch: int, logs: Any = None) -> None:
        """Write the step down that was made."""
        model: Any = self.model
        epoch = model.made // len(self.loader)
        model.made += 1
        (rows,) = model.rows
        model.rows.clear()
        self.journal.write(
            model.made,
            epoch=epoch,
            rows=rows,
            state=self.loader.state_dict(divmod(model.made, len(self.loader))),
            weights=[value.tolist() for value in model.get_weights()],
        )


def train(training: Training, strategy: Any) -> None:
    """Train for so many epochs in all; in each, what is left of it."""
    loader = training.loader(shard="environment")
    rank, world = loader.plan.shard
    entry = training.beginning(rank, world)
    dies: List[int] = training.dies_in or [-1, -1]
    with strategy.scope():
        dies_in = dies[1] if dies[0] == rank and not entry else None
        model = Noting(dies_in, training.die)
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model(np.zeros((1, 2), "float32"))  # or it has no weights yet
    if entry:
        loader.load_state_dict(entry["state"])
        model.set_weights([np.array(value) for value in entry["weights"]])
        model.made = entry["state"]["epoch"] * len(loader) + entry["state"]["batch"]
    keeping = Keeping(loader, Journal(Path(training.folder), rank))
    while model.made < training.epochs * len(loader):
        left = len(loader) - model.made % len(loader)
        data: Any = loader
        if not training.direct:
            data = refloader.distributed_dataset(loader, strategy)
        model.fit(data, steps_per_epoch=left, verbose=0, callbacks=[keeping])
        loader.load_state_dict(loader.state_dict(divmod(model.made, len(loader))))


if __name__ == "__main__":
    train(Training(**json.loads(sys.argv[1])), tf.distribute.MultiWorkerMirroredStrategy())
