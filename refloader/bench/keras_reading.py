"""A Sequence as tutorials write it, and an epoch of it as Keras' own workers read it."""

from __future__ import annotations

from typing import Any, Iterator, List, Tuple

import numpy as np
from PIL import Image

from refloader.frameworks.bases import as_sequence
from refloader.frameworks.installed import load


class _Tutorial:
    """Batches of images, with Pillow's default filter and an array for each image."""

    def __init__(
        self, paths: List[str], labels: List[int], size: Tuple[int, int], batch: int
    ) -> None:
        self.paths, self.labels, self.size, self.batch = paths, labels, size, batch

    def __len__(self) -> int:
        return (len(self.paths) + self.batch - 1) // self.batch

    def __getitem__(self, index: int) -> Any:
        rows = slice(index * self.batch, (index + 1) * self.batch)
        images = [self._image(path) for path in self.paths[rows]]
        return np.stack(images), np.array(self.labels[rows])

    def _image(self, path: str) -> Any:
        with Image.open(path) as image:
            resized = image.convert("RGB").resize(self.size[::-1])
        return np.asarray(resized, np.float32) / 255


def kept_sequence(files: int, size: Tuple[int, int], batch: int) -> Any:
    """Return a Sequence or PyDataset of the installed Keras: one batch from memory, again and again."""
    load()
    pictures, labels = np.zeros((batch, *size, 3), np.float32), np.zeros(batch)
    rows = [min(batch, files - first) for first in range(0, files, batch)]
    return as_sequence([(pictures[:count], labels[:count]) for count in rows])


def tutorial_sequence(
    paths: List[str], labels: List[int], size: Tuple[int, int], batch: int
) -> Any:
    """Return a Sequence or PyDataset of the installed Keras over files."""
    load()
    return as_sequence(_Tutorial(paths, labels, size, batch))


def keras_epoch(sequence: Any, workers: int, *, processes: bool) -> Iterator[int]:
    """Read one epoch as `fit` does, without a model."""
    if not workers:
        return (len(sequence[index][0]) for index in range(len(sequence)))
    enqueuer = _enqueuer(sequence, workers, processes=processes)
    return _through(enqueuer, len(sequence))


def _enqueuer(sequence: Any, workers: int, *, processes: bool) -> Any:
    enqueuers = vars(load().utils).get("OrderedEnqueuer")
    if enqueuers is not None:
        enqueuer = enqueuers(sequence, use_multiprocessing=processes)
        enqueuer.start(workers=workers, max_queue_size=10)
        return enqueuer
    from keras.src.trainers.data_adapters.py_dataset_adapter import (  # noqa: PLC0415
        OrderedEnqueuer,
    )

    sequence.workers, sequence.use_multiprocessing = workers, processes
    enqueuer = OrderedEnqueuer(sequence, shuffle=False)
    enqueuer.start()
    return enqueuer


def _through(enqueuer: Any, length: int) -> Iterator[int]:
    batches = enqueuer.get()
    for _ in range(length):
        yield len(next(batches)[0])
    enqueuer.stop()
