"""A training by Ray on a cluster of its own: `ray_run.py actors|torch WORLD TRAINING`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable, Dict

import ray
import ray.train
import ray.train.torch
from journal import Journal, Training

import refloader


@ray.remote(max_restarts=1, max_task_retries=1)
class Rank:
    """An actor that reads a shard; Ray makes it anew when its process dies.

    :param rank: its number. Ray has no ranks of actors, so the shard is named.
    """

    def __init__(self, training: Training, rank: int, world: int) -> None:
        self.journal = Journal(Path(training.folder), rank)
        self.loader = training.loader(shard=(rank, world))
        self.made, self.dies = self.journal.last(), training.dies_in
        self.rank, self.training = rank, training
        if self.made:
            self.dies = None
            self.loader.load_state_dict(self.journal.read(self.made)["state"])
        elif training.start:
            state = json.loads(Path(training.start).read_text())["state"]
            self.loader.load_state_dict(state)
            self.made = state["epoch"] * len(self.loader) + state["batch"]
        self.stream = self.loader.generator()

    def left(self, epochs: int) -> int:
        """Return how many steps are left."""
        return epochs * len(self.loader) - self.made

    def step(self) -> None:
        """Consume a batch."""
        x, _, *weight = next(self.stream)
        if self.dies == [self.rank, self.made]:
            self.training.die()
        epoch = self.made // len(self.loader)
        self.made += 1
        weights = weight[0].tolist() if weight else [1.0] * len(x)
        rows = list(zip(x[:, 0].astype(int).tolist(), weights))
        self.journal.write(self.made, epoch=epoch, rows=rows, state=self.loader.state_dict())

    def refusal(self) -> str:
        """Return what comes of asking the environment for the shard."""
        try:
            return str(refloader.shard_from_environment())
        except ValueError as error:
            return str(error)


def actors(training: Training, world: int) -> None:
    """Have as many actors consume their shards, one step of each at a time."""
    ranks = [Rank.remote(training, rank, world) for rank in range(world)]
    (left,) = set(ray.get([rank.left.remote(training.epochs) for rank in ranks]))
    for _ in range(left):
        ray.get([rank.step.remote() for rank in ranks])


def torch(training: Training, world: int) -> None:
    """Have Ray Train do what torchrun did: it starts all workers again when one dies."""
    trainer = ray.train.torch.TorchTrainer(
        _torch_worker,
        train_loop_config=training._asdict(),
        scaling_config=ray.train.ScalingConfig(num_workers=world),
        run_config=ray.train.RunConfig(
            storage_path=f"{training.folder}/storage",
            failure_config=ray.train.FailureConfig(max_failures=1 if training.dies_in else 0),
        ),
    )
    trainer.fit()


def _torch_worker(config: Dict[str, Any]) -> None:
    import torch_rank

    torch_rank.train(Training(**config))


def refusal(_training: Training, _world: int) -> None:
    """Ask an actor, and this program, for the shard that the environment tells."""
    told = ray.get(Rank.remote(_training, 0, 1).refusal.remote())
    sys.stdout.write(f"an actor: {told}\nthis program: {refloader.shard_from_environment()}\n")


if __name__ == "__main__":
    modes: Dict[str, Callable[..., None]] = {"actors": actors, "torch": torch, "refusal": refusal}
    with ray.init(num_cpus=4, include_dashboard=False, log_to_driver=True):
        modes[sys.argv[1]](Training(**json.loads(sys.argv[3])), int(sys.argv[2]))
