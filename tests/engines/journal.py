"""What the ranks of a training consumed, step by step, in files that outlive the ranks.

A step's file holds the state of the loader and the weights of the model after it too, so it is the
checkpoint from which a rank goes on.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from refloader import ArrayLoader

N, BATCH_SIZE, SEED, EPOCHS = 97, 4, 5, 3
#: Of 97 samples, one is left for the last batch: with any number of ranks some are filled up.
STEPS = {1: 25, 2: 13, 3: 9}
#: With how many ranks a training goes on that began with so many.
AFTERWARDS = {2: 3, 3: 1}


class Training(NamedTuple):
    """What a rank is to do, given to it as JSON.

    :param folder: where the ranks write their journals.
    :param epochs: with how many epochs it ends.
    :param batch_size: rows of a batch of one rank.
    :param tail: what becomes of the short last batch.
    :param dies_in: [rank, step]: this rank is killed in this step, unless it was started again.
    :param start: the file of a step of another training, to go on from.
    :param direct: whether a strategy is given the loader itself.
    """

    folder: str
    epochs: int = EPOCHS
    batch_size: int = BATCH_SIZE
    tail: str = "deliver"
    dies_in: Optional[List[int]] = None
    start: Optional[str] = None
    direct: bool = False

    def loader(self, **shard: Any) -> ArrayLoader:
        """Return the rank's loader: x is the sample's number and its feature, y that feature."""
        ids = np.arange(N, dtype="float32")
        x, y = np.stack([ids, ids / N], axis=1), ids[:, None] / N
        options: Any = {"batch_size": self.batch_size, "tail": self.tail, **shard}
        return ArrayLoader(x, y, shuffle=True, seed=SEED, **options)

    def beginning(self, rank: int, world: int) -> Optional[Dict[str, Any]]:
        """Return what to go on from: the last step that all ranks made, or of another training.

        What some ranks made after it is forgotten: its effect on the weights is lost as well.
        """
        journals = [Journal(Path(self.folder), one) for one in range(world)]
        number = min(journal.last() for journal in journals)
        journals[rank].forget_after(number)
        if number:
            return journals[rank].read(number)
        return json.loads(Path(self.start).read_text()) if self.start else None

    def die(self) -> None:
        """Leave a sign and be killed, as by a machine that is short of memory."""
        (Path(self.folder) / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)

    def json(self) -> str:
        """Return it as an argument."""
        return json.dumps(self._asdict())


class Journal:
    """The steps of one rank.

    :param folder: where the ranks of one training write.
    :param rank: the number of this one.
    """

    def __init__(self, folder: Path, rank: int) -> None:
        self._folder = folder / f"rank-{rank}"
        self._folder.mkdir(parents=True, exist_ok=True)

    def write(self, number: int, **entry: Any) -> None:
        """Write down a step, wholly or not at all; number counts from 1 over all epochs."""
        path = self._folder / f"{number:06d}.json"
        path.with_suffix(".new").write_text(json.dumps(entry))
        os.replace(path.with_suffix(".new"), path)  # noqa: PTH105 - as one speaks of it

    def last(self) -> int:
        """Return the number of the last step, 0 if there is none."""
        return max((int(path.stem) for path in self._folder.glob("*.json")), default=0)

    def read(self, number: int) -> Dict[str, Any]:
        """Return what was written down of a step."""
        entry: Dict[str, Any] = json.loads((self._folder / f"{number:06d}.json").read_text())
        return entry

    def forget_after(self, number: int) -> None:
        """Remove the steps after this one."""
        for path in self._folder.glob("*.json"):
            if int(path.stem) > number:
                path.unlink()


def consumed(folder: Path) -> Dict[int, Counter[int]]:
    """Return how often each sample was consumed, by epoch, with a weight, by all ranks together."""
    epochs: Dict[int, Counter[int]] = {}
    for path in folder.glob("rank-*/*.json"):
        entry = json.loads(path.read_text())
        rows = (sample for sample, weight in entry["rows"] if weight)
        epochs.setdefault(entry["epoch"], Counter()).update(rows)
    return epochs


def each_once(first: int = 0) -> Dict[int, Counter[int]]:
    """Return what `consumed` is to be, from this epoch on."""
    return {epoch: Counter(range(N)) for epoch in range(first, EPOCHS)}


def steps_made(folder: Path) -> List[int]:
    """Return how many steps each rank made."""
    ranks = sorted(folder.glob("rank-*"))
    return [len(list(rank.glob("*.json"))) for rank in ranks]


class Whole(NamedTuple):
    """A training of so many ranks that nothing disturbed."""

    world: int
    folder: Path
    mode: str = ""

    def after_first_epoch(self) -> str:
        """Return the file of the last step of epoch 0."""
        return str(self.folder / "rank-0" / f"{STEPS[self.world]:06d}.json")


def final_weights(folder: Path) -> Any:
    """Return the model's weights after the last step, by rank."""
    journals = [Journal(folder, rank) for rank in range(len(list(folder.glob("rank-*"))))]
    return [journal.read(journal.last()).get("weights", []) for journal in journals]


def flat(weights: Any) -> Any:
    """Return all weights in one array."""
    return np.concatenate([np.ravel(value) for value in weights])
