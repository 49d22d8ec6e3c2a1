"""A loader's state: restored, it goes on exactly where the saved one was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from refloader.loading import ArrayLoader, ImageLoader

N, LENGTH = 10, 3


def array_loader(n: int = N, **options: Any) -> ArrayLoader:
    """Return a shuffling loader whose y tells the sample."""
    return ArrayLoader(
        np.arange(n), np.arange(n), **{"batch_size": 4, "shuffle": True, "seed": 5, **options}
    )


def image_loader(folder: Path, **options: Any) -> ImageLoader:
    """Return a shuffling loader of images whose label tells the sample."""
    for sample in range(N):
        Image.new("L", (4, 4), sample).save(folder / f"{sample}.png")
    paths = [str(folder / f"{sample}.png") for sample in range(N)]
    frame = pd.DataFrame({"path": paths, "label": range(N)})
    options = {"image_size": (4, 4), "batch_size": 4, "shuffle": True, "mode": "L", **options}
    return ImageLoader(frame, **options)


def taken(batches: Any, count: int) -> List[List[int]]:
    """Return the samples of the next batches."""
    return [next(batches)[1].tolist() for _ in range(count)]


def plan_of(loader: Any, *places: Any) -> List[List[int]]:
    """Return the samples of some batches as the plan has them."""
    return [loader.plan.batch(*place).tolist() for place in places]


def through_json(state: Dict[str, Any]) -> Dict[str, Any]:
    """Return the state as a file keeps it."""
    copy: Dict[str, Any] = json.loads(json.dumps(state))
    return copy


@pytest.mark.parametrize("before", range(8))
@pytest.mark.parametrize("way", ["iteration", "stream"])
@pytest.mark.parametrize("again", ["iteration", "stream"])
def test_rest_follows_exactly(before: int, way: str, again: str) -> None:
    """After any number of batches the restored loader delivers all that were still to come."""
    loader, places = array_loader(), [(e, i) for e in range(6) for i in range(LENGTH)]

    def endless(one: Any) -> Any:
        while True:
            yield from one

    source = loader.generator() if way == "stream" else endless(loader)
    taken(source, before)
    fresh = array_loader()
    fresh.load_state_dict(through_json(loader.state_dict()))
    rest = fresh.generator() if again == "stream" else endless(fresh)

    assert plan_of(loader, *places[before : before + 8]) == taken(rest, 8)


@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.parametrize(("workers", "later"), [(0, 2), (2, 0), (2, 3)])
def test_what_workers_read_ahead_does_not_count(
    tmp_path: Path, workers: int, later: int, kind: str
) -> None:
    """The state is of what was delivered, with any number of workers before and after."""
    loader = image_loader(tmp_path, workers=workers, worker_type=kind)
    fresh = image_loader(tmp_path, workers=later, worker_type=kind)
    with loader, fresh:
        taken(iter(loader), 2)
        fresh.load_state_dict(through_json(loader.state_dict()))

        assert plan_of(loader, (0, 2)) == taken(iter(fresh), 1)
        assert plan_of(loader, (1, 0), (1, 1), (1, 2)) == taken(iter(fresh), 3)


def test_fresh_process_goes_on(tmp_path: Path) -> None:
    """A state that was written to a file is restored in another interpreter."""
    loader = image_loader(tmp_path)
    taken(iter(loader), 1)
    (tmp_path / "state.json").write_text(json.dumps(loader.state_dict()))
    code = """
        import json, sys
        from refloader.loading import ImageLoader
        from refloader.loading.sources import LabelledFiles
        files = LabelledFiles([f"{sys.argv[1]}/{n}.png" for n in range(10)], range(10), range(10))
        loader = ImageLoader(files, image_size=(4, 4), batch_size=4, shuffle=True, mode="L")
        loader.load_state_dict(json.load(open(sys.argv[1] + "/state.json")))
        print(json.dumps([y.tolist() for _, y in loader]))
    """
    code = "\n".join(line.strip() for line in code.splitlines())
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        check=True,
    )

    assert plan_of(loader, (0, 1), (0, 2)) == json.loads(done.stdout.decode())


def test_data_may_move_to_another_folder(tmp_path: Path) -> None:
    """The same files below another folder are the same samples."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    loader, moved = image_loader(tmp_path / "here"), image_loader(tmp_path / "there")
    moved.load_state_dict(loader.state_dict())

    assert loader.state_dict() == moved.state_dict()


def test_restored_iteration_that_is_broken_off_starts_where_it_was_restored() -> None:
    """What the state says was delivered is not delivered again, whatever peeks at the loader."""
    loader, fresh = array_loader(), array_loader()
    taken(iter(loader), 1)
    fresh.load_state_dict(loader.state_dict())
    taken(iter(fresh), 1)

    assert plan_of(loader, (0, 1), (0, 2)) == taken(iter(fresh), 2)
    assert plan_of(loader, (1, 0)) == taken(iter(fresh), 1)


def test_hooks_move_the_state_to_the_next_epoch() -> None:
    """For a loader that is read by index the state is the epoch."""
    loader, fresh = array_loader(), array_loader()
    for _ in range(3):
        loader.on_epoch_end()
    fresh.load_state_dict(loader.state_dict())

    assert plan_of(loader, (3, 1)) == [fresh[1][1].tolist()]
    assert (3, 0) == (loader.state_dict()["epoch"], loader.state_dict()["batch"])


@pytest.mark.parametrize("worlds", [(1, 2), (2, 1), (2, 3)])
def test_state_between_epochs_fits_another_number_of_shards(worlds: Any) -> None:
    """After whole epochs the new shards together deliver the next epoch, each sample once."""
    old = array_loader(shard=(0, worlds[0]))
    list(old)
    got: List[int] = []
    for rank in range(worlds[1]):
        new = array_loader(shard=(rank, worlds[1]))
        new.load_state_dict(through_json(old.state_dict()))
        got += [y for batch in new for y, w in zip(batch[1], np.append(batch[2:], [1] * 9)) if w]

        assert 1 == new.epoch
    assert list(range(N)) == sorted(got)


def test_state_of_a_named_place_leads_there() -> None:
    """A training that counts its own steps saves that place, wherever reading ahead has come."""
    loader, fresh = array_loader(), array_loader()
    taken(loader.generator(), 8)
    fresh.load_state_dict(through_json(loader.state_dict((1, 2))))

    assert plan_of(loader, (1, 2), (2, 0)) == taken(fresh.generator(), 2)
    assert (2, 2) == (loader.state_dict()["epoch"], loader.state_dict()["batch"])


def test_state_of_one_rank_serves_the_others() -> None:
    """In the middle of an epoch all ranks of the same world are at the same batch."""
    first, second = array_loader(shard=(0, 2)), array_loader(shard=(1, 2))
    taken(iter(first), 1)
    second.load_state_dict(first.state_dict())

    assert plan_of(second, (0, 1)) == taken(iter(second), 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 11}, "the state is of n 11, and this loader has 10"),
        ({"batch_size": 5}, "batch_size 5, and this loader has 4"),
        ({"seed": 6}, "seed 6, and this loader has 5"),
        ({"shuffle": False}, "shuffle False, and this loader has True"),
        ({"tail": "drop"}, "tail 'drop', and this loader has 'deliver'"),
        ({"data": "x"}, "the state is of other samples"),
        ({"version": 2}, "version 2, not 1"),
        ({"shard": [0, 2]}, "the middle of an epoch on 2 shards, and this loader is one of 1"),
        ({"epoch": -1}, "epoch must be a whole number"),
        ({"batch": 3}, "at batch 3, and an epoch has 3"),
        ({"batch": None}, "batch must be a whole number"),
    ],
)
def test_state_of_something_else_is_refused(change: Dict[str, Any], message: str) -> None:
    """A state that does not belong to the loader is named and changes nothing."""
    loader = array_loader()
    taken(iter(loader), 1)
    before = loader.state_dict()

    with pytest.raises(ValueError, match=message):
        loader.load_state_dict({**before, **change})
    assert before == loader.state_dict()


@pytest.mark.parametrize("state", [None, {}, {"epoch": 1}, [1]])
def test_what_is_no_state_is_refused(state: Any) -> None:
    """Something else than a state is answered with what one is."""
    with pytest.raises(ValueError, match="a state is a dict with batch, batch_size, data"):
        array_loader().load_state_dict(state)


def test_other_labels_are_other_samples(tmp_path: Path) -> None:
    """Files with changed labels, or in another order, are not the same data set."""
    paths = ["/data/a.png", "/data/b.png"]
    states = [
        ImageLoader(pd.DataFrame({"path": those, "label": labels})).state_dict()
        for those, labels in ((paths, [0, 1]), (paths, [1, 0]), (paths[::-1], [0, 1]))
    ]

    assert 3 == len({state["data"] for state in states})


def test_state_outlives_a_pickle() -> None:
    """A copy that was made in the middle of an epoch has the original's state."""
    import pickle

    loader = array_loader()
    taken(iter(loader), 2)
    copy = pickle.loads(pickle.dumps(loader))  # noqa: S301 - made here

    assert loader.state_dict() == copy.state_dict()
