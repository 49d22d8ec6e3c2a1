"""A rank of a training by Keras on torch.distributed: `torchrun ... torch_rank.py TRAINING`."""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Dict

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
import torch.distributed as fabric
from journal import Journal, Training


class Averaging(keras.Model):
    """A linear model, whose gradient is the mean of those of all ranks."""

    def __init__(self, training: Training, loader: Any) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1, kernel_initializer="ones")
        self.training_, self.loader, self.made = training, loader, 0
        self.dies_in = training.dies_in
        self.journal = Journal(Path(training.folder), fabric.get_rank())

    def call(self, x: Any) -> Any:
        """Return the answers; the first column is the sample's number and no feature."""
        return self.dense(x[:, 1:])

    def train_step(self, data: Any) -> Dict[str, Any]:
        """Make a step, and write down what it consumed."""
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        if self.dies_in == [fabric.get_rank(), self.made]:
            self.training_.die()
        self.zero_grad()
        loss = self.compute_loss(x=x, y=y, y_pred=self(x), sample_weight=weight)
        loss.backward()
        gradients = [variable.value.grad for variable in self.trainable_weights]
        for gradient in gradients:
            fabric.all_reduce(gradient)
            gradient.div_(fabric.get_world_size())
        with torch.no_grad():
            self.optimizer.apply(gradients, self.trainable_weights)
        self.note(x, y, weight)
        return {"loss": loss.detach()}

    def note(self, x: Any, y: Any, weight: Any) -> None:
        """Write down the step that was made, with what it takes to go on after it."""
        samples = x[:, 0].int().tolist()
        weights = [1.0] * len(samples) if weight is None else weight.tolist()
        if not torch.equal(y[:, 0], x[:, 1]):
            raise ValueError("labels of other samples")
        epoch = self.made // len(self.loader)
        self.made += 1
        self.journal.write(
            self.made,
            epoch=epoch,
            rows=list(zip(samples, weights)),
            state=self.loader.state_dict(divmod(self.made, len(self.loader))),
            weights=[value.numpy().tolist() for value in self.weights],
        )

    def go_on(self) -> None:
        """Take up what the last step that all ranks have made left behind."""
        entry = self.training_.beginning(fabric.get_rank(), fabric.get_world_size())
        if entry:
            self.dies_in = None
            self.loader.load_state_dict(entry["state"])
            self.set_weights([np.array(value) for value in entry["weights"]])
            state = self.loader.state_dict()
            self.made = state["epoch"] * len(self.loader) + state["batch"]


def train(training: Training) -> None:
    """Train for so many epochs in all; in each, what is left of it."""
    loader = training.loader(shard="environment")
    model = Averaging(training, loader)
    model(np.zeros((1, 2), "float32"))  # or it has no weights yet
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.go_on()
    while model.made < training.epochs * len(loader):
        left = len(loader) - model.made % len(loader)
        model.fit(loader.generator(), steps_per_epoch=left, verbose=0)
        loader.load_state_dict(loader.state_dict(divmod(model.made, len(loader))))


if __name__ == "__main__":
    fabric.init_process_group("gloo", timeout=timedelta(minutes=10))
    train(Training(**json.loads(sys.argv[1])))
    fabric.destroy_process_group()
