"""Ray: actors, and Ray Train with Keras on torch, on a local cluster that each test starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from journal import (
    AFTERWARDS,
    EPOCHS,
    STEPS,
    Training,
    Whole,
    consumed,
    each_once,
    final_weights,
    steps_made,
)
from processes import HERE, run

#: Ray gives its own start half a minute, which a busy machine exceeds.
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_raylet_start_wait_time_s": "300",
}


def train(mode: str, world: int, training: Training) -> str:
    """Train on as many actors or workers of Ray Train, and return what the cluster printed."""
    command = [HERE / "ray_run.py", mode, world, training.json()]
    done = run(*command, folder=Path(training.folder), environment=SETTINGS)

    assert 0 == done.returncode, done.stdout[-5000:]
    return done.stdout


@pytest.fixture(scope="module", params=["actors-2", "actors-3", "torch-2", "torch-3"])
def whole(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return a training that nothing disturbs."""
    mode, world = request.param.split("-")
    folder = tmp_path_factory.mktemp(mode)
    train(mode, int(world), Training(str(folder)))
    return Whole(int(world), folder, mode)


def test_ranks_consume_each_sample_once(whole: Whole) -> None:
    """All ranks together consume each sample once an epoch, in equally many steps."""
    assert each_once() == consumed(whole.folder)
    assert [STEPS[whole.world] * EPOCHS] * whole.world == steps_made(whole.folder)


def test_killed_rank_goes_on_where_it_was(whole: Whole, tmp_path: Path) -> None:
    """A rank that is killed in mid-epoch and made anew by Ray changes nothing."""
    world = whole.world
    dies_in = [world - 1, STEPS[world] + 4]
    train(whole.mode, world, Training(str(tmp_path), dies_in=dies_in))

    assert (tmp_path / "died").exists()
    assert each_once() == consumed(tmp_path)
    assert final_weights(whole.folder) == final_weights(tmp_path)


def test_another_number_of_ranks_goes_on(whole: Whole, tmp_path: Path) -> None:
    """Between two epochs the number of ranks may change."""
    world = AFTERWARDS[whole.world]
    train(whole.mode, world, Training(str(tmp_path), start=whole.after_first_epoch()))

    assert each_once(first=1) == consumed(tmp_path)
    assert [STEPS[world] * (EPOCHS - 1)] * world == steps_made(tmp_path)


def test_actor_does_not_guess_its_rank(tmp_path: Path) -> None:
    """An actor that asks the environment for its shard is refused; the program itself has no rank."""
    told = train("refusal", 1, Training(str(tmp_path)))

    assert "an actor: this is an actor or a task of Ray and no worker of Ray Train" in told
    assert "this program: (0, 1)" in told


LOADERS = """\
import math
import os
from pathlib import Path


class DroppedTail:
    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows].copy(), self.y[rows].copy()


def make(samples, batch_size, seed):
    place = "cluster" if "RAY_JOB_ID" in os.environ else "here"
    Path(__file__).with_name(place).touch()
    return DroppedTail(*samples.arrays, batch_size)
"""


def judged(folder: Path, *options: Any) -> Any:
    """Return what a check without training says of each requirement."""
    folder.mkdir()
    (folder / "loaders.py").write_text(LOADERS, encoding="utf-8")
    command = ["-m", "refloader", "check", folder / "loaders.py:make", "--no-fit"]
    done = run(*command, "--jsonl", folder / "run", *options, folder=folder, environment=SETTINGS)
    lines = [json.loads(line) for line in (folder / "run").read_text().splitlines()]

    assert 1 == done.returncode, done.stdout[-5000:]
    return [(one["requirement"], one["verdict"], one["witness"]) for one in lines[1:-1]]


def test_check_on_a_cluster_says_what_it_says_here(tmp_path: Path) -> None:
    """The drives are made by tasks of Ray, and the verdicts and witnesses are the same."""
    alone = judged(tmp_path / "alone")
    spread = judged(tmp_path / "spread", "--ray", "local", "--explore", "7", "--only", "coverage")

    assert not (tmp_path / "alone" / "cluster").exists()
    assert (tmp_path / "spread" / "cluster").exists()
    assert [one for one in alone if one[0].startswith("coverage")] == spread


def test_a_cluster_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    """An address where nobody answers is a wrong call, with the address in the message."""
    (tmp_path / "loaders.py").write_text(LOADERS, encoding="utf-8")
    command = ["-m", "refloader", "check", tmp_path / "loaders.py:make", "--ray", "auto"]
    done = run(*command, folder=tmp_path, environment=SETTINGS)

    assert 2 == done.returncode
    assert "--ray auto: there is no such cluster" in done.stdout
