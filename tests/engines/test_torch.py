"""Keras on torch.distributed: ranks that torchrun starts, and starts again when one dies."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import numpy as np
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
    flat,
    steps_made,
)
from processes import HERE, run

#: Ranks that were started again may else find the addresses of the dead ones (pytorch#135712).
SETTINGS = {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}


def torchrun(world: int, training: Training, restarts: int = 0) -> None:
    """Train on so many ranks, to the end."""
    command: List[Any] = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", world]
    command += ["--max-restarts", restarts, "--monitor-interval", "0.2"]
    command += [HERE / "torch_rank.py", training.json()]
    done = run(*command, folder=Path(training.folder), environment=SETTINGS)

    assert 0 == done.returncode, done.stdout[-5000:]


@pytest.fixture(scope="module", params=[2, 3])
def whole(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return a training that nothing disturbs, of two ranks and of three."""
    folder = tmp_path_factory.mktemp("whole")
    torchrun(request.param, Training(str(folder)))
    return Whole(request.param, folder)


def test_ranks_consume_each_sample_once(whole: Whole) -> None:
    """All ranks together consume each sample once an epoch, in equally many steps."""
    assert each_once() == consumed(whole.folder)
    assert [STEPS[whole.world] * EPOCHS] * whole.world == steps_made(whole.folder)


def test_killed_rank_goes_on_where_it_was(whole: Whole, tmp_path: Path) -> None:
    """A rank that is killed in mid-epoch changes nothing: same samples, same weights in the end."""
    world = whole.world
    dies_in = [world - 1, STEPS[world] + 4]
    torchrun(world, Training(str(tmp_path), dies_in=dies_in), restarts=1)

    assert (tmp_path / "died").exists()
    assert each_once() == consumed(tmp_path)
    assert final_weights(whole.folder) == final_weights(tmp_path)


def test_another_number_of_ranks_goes_on(whole: Whole, tmp_path: Path) -> None:
    """Between two epochs the number of ranks may change."""
    world = AFTERWARDS[whole.world]
    torchrun(world, Training(str(tmp_path), start=whole.after_first_epoch()))

    assert each_once(first=1) == consumed(tmp_path)
    assert [STEPS[world] * (EPOCHS - 1)] * world == steps_made(tmp_path)


def test_padded_ranks_train_as_one_machine(tmp_path: Path) -> None:
    """With tail="pad" the model is that of one machine with batches as large as all theirs."""
    torchrun(1, Training(str(tmp_path / "one"), batch_size=8, tail="pad"))
    torchrun(2, Training(str(tmp_path / "two"), tail="pad"))
    (alone,) = final_weights(tmp_path / "one")

    for weights in final_weights(tmp_path / "two"):
        np.testing.assert_allclose(flat(alone), flat(weights), rtol=1e-5)
