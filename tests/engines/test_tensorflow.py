"""tf.keras on MultiWorkerMirroredStrategy: each worker a process, all of one cluster."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest
from journal import (
    AFTERWARDS,
    EPOCHS,
    STEPS,
    N,
    Training,
    Whole,
    consumed,
    each_once,
    final_weights,
    flat,
    steps_made,
)
from processes import HERE, run_all


def cluster(world: int) -> List[Dict[str, str]]:
    """Return the environment of each worker; of three, one is the chief."""
    sockets = [socket.socket() for _ in range(world)]
    for one in sockets:
        one.bind(("localhost", 0))
    hosts = [f"localhost:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    kinds = {"worker": hosts} if world < 3 else {"chief": hosts[:1], "worker": hosts[1:]}
    tasks = [{"type": kind, "index": i} for kind in kinds for i in range(len(kinds[kind]))]
    return [
        {"TF_CONFIG": json.dumps({"cluster": kinds, "task": task}), "TF_CPP_MIN_LOG_LEVEL": "2"}
        for task in tasks
    ]


def run(world: int, training: Training) -> List[Any]:
    """Train on so many workers until all have ended."""
    command = [HERE / "tensorflow_rank.py", training.json()]
    return run_all([command] * world, Path(training.folder), cluster(world))


def train(world: int, training: Training) -> None:
    """Train on so many workers, to the end."""
    done = run(world, training)

    assert [0] * world == [one.returncode for one in done], "".join(o.stdout[-3000:] for o in done)


@pytest.fixture(scope="module", params=[2, 3])
def whole(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return a training that nothing disturbs, of two workers and of three."""
    folder = tmp_path_factory.mktemp("whole")
    train(request.param, Training(str(folder)))
    return Whole(request.param, folder)


def test_workers_consume_each_sample_once(whole: Whole) -> None:
    """All workers together consume each sample once an epoch, in equally many steps."""
    assert each_once() == consumed(whole.folder)
    assert [STEPS[whole.world] * EPOCHS] * whole.world == steps_made(whole.folder)


def test_killed_worker_goes_on_where_it_was(whole: Whole, tmp_path: Path) -> None:
    """A worker that is killed in mid-epoch changes nothing: same samples, same weights in the end."""
    world = whole.world
    dies_in = [world - 1, STEPS[world] + 4]
    training = Training(str(tmp_path), dies_in=dies_in)
    killed = run(world, training)
    train(world, training)

    assert -signal.SIGKILL == killed[world - 1].returncode
    assert each_once() == consumed(tmp_path)
    for expected, weights in zip(final_weights(whole.folder), final_weights(tmp_path)):
        np.testing.assert_allclose(flat(expected), flat(weights), rtol=1e-6)


def test_another_number_of_workers_goes_on(whole: Whole, tmp_path: Path) -> None:
    """Between two epochs the number of workers may change."""
    world = AFTERWARDS[whole.world]
    train(world, Training(str(tmp_path), start=whole.after_first_epoch()))

    assert each_once(first=1) == consumed(tmp_path)
    assert [STEPS[world] * (EPOCHS - 1)] * world == steps_made(tmp_path)


def test_padded_workers_train_as_one_machine(tmp_path: Path) -> None:
    """With tail="pad" the model is that of one machine with batches as large as all theirs."""
    train(1, Training(str(tmp_path / "one"), batch_size=8, tail="pad"))
    train(2, Training(str(tmp_path / "two"), tail="pad"))
    (alone,) = final_weights(tmp_path / "one")

    for weights in final_weights(tmp_path / "two"):
        np.testing.assert_allclose(flat(alone), flat(weights), rtol=1e-5)


def test_strategy_shards_a_loader_again(tmp_path: Path) -> None:
    """Why there is `distributed_dataset`: of a loader itself each worker takes a part of its shard."""
    run(2, Training(str(tmp_path), epochs=1, direct=True))
    (epoch,) = consumed(tmp_path).values()

    assert 0 < len(epoch) < N
