"""The loader for image files."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from refloader.arguments import one_of, whole
from refloader.decoding.images import BadSample, Transform
from refloader.frameworks.bases import order_of
from refloader.loading.cache import Cache
from refloader.loading.loader import Loader
from refloader.loading.memory import Memory
from refloader.loading.plan import Plan
from refloader.loading.reading import Augment, Failures, Reader
from refloader.loading.sources import LabelledFiles, from_directory, from_frame
from refloader.loading.stream import Batch, Place
from refloader.loading.workers.ahead import Layout, Team, processes_suit
from refloader.scale.manifest import Manifest
from refloader.scale.remote import Elsewhere

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class ImageLoader(Loader):
    """Load batches of decoded images, labels and, where there are any, weights.

    :param source: a frame with columns `path`, `label` and perhaps `weight` (see `from_frame`);
        `LabelledFiles`; or the path of such a table on disk, of any size (see `Manifest`).
    :param image_size: (height, width) that every image is resized to.
    :param batch_size: rows in a full batch.
    :param shuffle: whether each epoch has its own random order.
    :param seed: key of the shuffle.
    :param tail: "deliver", "drop" or "pad", see `Plan`.
    :param shard: (rank, world size) or "environment", see `Plan`.
    :param dtype: of x: "float32" or "float16" for 0..1, "uint8" for 0..255.
    :param data_format: "channels_last", x is (rows, height, width, channels); or "channels_first",
        (rows, channels, height, width).
    :param mode: "RGB" for three channels, "L" for one, grey.
    :param resize: "stretch", "crop" or "pad", see `Transform`.
    :param resample: "antialias" or "bilinear", see `Transform`.
    :param decoder: "pillow", or "turbo" for JPEG by way of simplejpeg and PNG by way of OpenCV, an extra.
    :param augment: called as `augment(image, rng)` with each image, uint8 (height, width, channels),
        its own to change, and a `numpy.random.Generator` whose numbers are a function of seed,
        epoch and sample alone; returns an image of the same shape and type.
    :param one_hot: whether y is float32 (rows, classes); else it is the class index, int64 (rows,).
    :param on_bad_sample: what becomes of a file that cannot be read: "raise" BadSample; "skip" its
        row, though a batch of nothing else raises; or "mask", a row of zeros that weighs 0.
        With "mask" batches always carry weights. `bad_samples` tells the path and the reason of
        each that this process met, and the logger "refloader" those that are new, at an epoch's end.
    :param root: the folder that relative paths in a frame start from.
    :param classes: all classes in the order of their indexes, for a frame that may lack some.
    :param workers: the loader's own workers. They read a batch together, and the next two before
        they are asked for where that is done in order. 0 reads in the caller's thread, and so does
        any number inside a worker process of a framework's pool. It changes no batch. Beside threads
        that decode, Keras 3 is asked for two of its own: the attribute `workers`, which may be set.
    :param worker_type: "threads", which suit images that take a millisecond or more; "processes",
        which suit small ones and an `augment` in Python, and import neither a framework nor the
        program; or "auto", the one that suits the files, see `processes_suit`.
    :param cache: a folder in which decoded images are kept, before augmentation, for all later
        epochs, runs and processes; see `Cache`. Files elsewhere are taken not to change.
    :param filesystem: a file system of fsspec, whose paths all paths are. Without, paths that are
        URLs are opened through fsspec too, each by its own protocol.
    :param timeout: the seconds that a file elsewhere may take; then it is a bad sample.
    """

    def __init__(
        self,
        source: Union[pd.DataFrame, LabelledFiles, str, os.PathLike[str]],
        *,
        image_size: Tuple[int, int] = (224, 224),
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = 0,
        tail: str = "deliver",
        shard: Union[Tuple[int, int], str] = (0, 1),
        dtype: str = "float32",
        data_format: str = "channels_last",
        mode: str = "RGB",
        resize: str = "stretch",
        resample: str = "antialias",
        decoder: str = "pillow",
        augment: Optional[Augment] = None,
        one_hot: bool = False,
        on_bad_sample: str = "raise",
        root: Optional[str] = None,
        classes: Optional[Sequence[Any]] = None,
        workers: int = 0,
        worker_type: str = "auto",
        cache: Optional[str] = None,
        filesystem: Any = None,
        timeout: float = 60.0,
    ) -> None:
        files = _files(source, root, classes, anchored=filesystem is None)
        plan = Plan(len(files), batch_size, seed=seed, shuffle=shuffle, tail=tail, shard=shard)
        self.on_bad_sample = one_of("on_bad_sample", on_bad_sample, ("raise", "skip", "mask"))
        super().__init__(plan, files.weights, weighted=on_bad_sample == "mask")
        transform = Transform(mode, resize, resample, decoder).checked()
        shape = (*_size(image_size), transform.channels)
        _check_augment(augment)
        if one_hot and not files.classes:
            raise ValueError("one_hot needs classes=, as the manifest does not tell how many")
        rows = None if cache is None else _cache(cache, files, shape, transform)
        elsewhere = Elsewhere(filesystem, timeout)
        self._reader = Reader(files, shape, transform, augment, plan.seed, rows, elsewhere)
        self._layout = _layout(shape, dtype, data_format)
        self._one_hot = one_hot
        self._set_workers(
            whole("workers", workers, 0), one_of("worker_type", worker_type, _WORKER_TYPES)
        )
        self._teams: Dict[int, Team] = {}
        self.bad_samples: Dict[str, str] = {}
        self._told = 0  # how many of them have been logged

    @classmethod
    def from_directory(
        cls,
        path: str,
        *,
        classes: Optional[Sequence[str]] = None,
        **options: Any,
    ) -> ImageLoader:
        """Load from a folder of class folders; see `sources.from_directory` for what is taken.

        :param path: the folder.
        :param classes: the class folders in the order of their indexes, by default all, by name.
        :param options: as for the class.
        """
        return cls(from_directory(path, classes=classes), **options)

    @property
    def classes(self) -> Tuple[Any, ...]:
        """The classes in the order of their indexes."""
        return self._reader.files.classes

    def __getitem__(self, index: int) -> Batch:
        """Return a batch of the current epoch; see `batch`."""
        if self._has_team():
            order = order_of(sys._getframe(1), len(self))  # noqa: SLF001 - who asks counts
            if order:
                self._team().foresee(self.epoch, index, order)
        return super().__getitem__(index)

    def on_epoch_end(self) -> None:
        """Move on to the next epoch, and log which files were found to be bad in this one."""
        self._tell()
        super().on_epoch_end()

    def close(self) -> None:
        """End the workers and wait until they have; the next batch that is read starts new ones."""
        for process in list(self._teams):
            team = self._teams.pop(process)
            if process == os.getpid():
                team.close()

    def __getstate__(self) -> Dict[str, Any]:
        return {**super().__getstate__(), "_teams": {}}

    def _fingerprint(self) -> str:
        return self._reader.files.fingerprint()

    def _collate(
        self, ids: NDArray[np.int64], weights: NDArray[np.float32], place: Optional[Place]
    ) -> Batch:
        x, failures = self._read(ids, place)
        self._report([error for _, error in failures], len(ids))
        y = self._reader.files.labels[ids]
        good = np.ones(len(ids), np.bool_)
        good[[row for row, _ in failures]] = False
        if self.on_bad_sample == "mask":
            weights[~good] = 0
        elif failures:
            x, y, weights = x[good], y[good], weights[good]
        if self._one_hot:
            y = np.equal.outer(y, np.arange(len(self.classes))).astype(np.float32)
        return (x, y, weights) if self._weighted else (x, y)

    def _read(
        self, ids: NDArray[np.int64], place: Optional[Place]
    ) -> Tuple[NDArray[Any], Failures]:
        if self._has_team() and len(ids):
            team = self._team()
            return team.batch(*place) if place else team.samples(ids)
        layout = self._layout if place else self._layout.once()
        x, out = layout.empty(len(ids))
        return x, self._reader.fill(place[0] if place else 0, ids, out)

    def _has_team(self) -> bool:
        # A worker process of somebody's pool is one of several already.
        return self._own_workers > 0 and not multiprocessing.current_process().daemon

    def _set_workers(self, count: int, kind: str) -> None:
        """Choose of which kind the loader's own are, and how many Keras 3 has beside them."""
        suit = kind == "auto" and count > 0 and processes_suit(self._reader)
        self._own_workers, self._processes = count, suit or kind == "processes"
        if count and not self._processes and self._reader.cache is None:
            self.workers, self.max_queue_size = _BESIDE_THREADS

    def _team(self) -> Team:
        """Return this process' workers; those of a process that this is a fork of are let go."""
        process = os.getpid()
        if process not in self._teams:
            # Of two threads that come here at once, one makes a team for nothing, which then ends.
            team = Team(
                self.plan, self._reader, self._layout, self._own_workers, processes=self._processes
            )
            self._teams = {process: self._teams.setdefault(process, team)}
        return self._teams[process]

    def _deliver(self, place: Place) -> Tuple[Batch, Place]:
        batch, after = super()._deliver(place)
        if after[0] != place[0]:
            self._tell()
        return batch, after

    def _tell(self) -> None:
        # Logged, not warned of: a warning may be turned into an error, here in a framework's hook.
        new = list(self.bad_samples)[self._told :]
        self._told += len(new)
        if new:
            lines = "".join(f"\n  {path!r}: {self.bad_samples[path]}" for path in new)
            _LOGGER.warning("%d samples could not be read:%s", len(new), lines)

    def _report(self, errors: List[BadSample], rows: int) -> None:
        for error in errors:
            self.bad_samples.setdefault(error.path, error.reason)
        if errors and self.on_bad_sample == "raise":
            raise errors[0]
        if len(errors) == rows and errors and self.on_bad_sample == "skip":
            first = errors[0]
            reason = f"{first.reason}; nor can any other sample of this batch be read"
            raise BadSample(first.path, reason, first.position) from first


_LOGGER = logging.getLogger("refloader")
_WORKER_TYPES = ("auto", "threads", "processes")
#: The workers of Keras 3 beside the loader's own threads, and how many batches they keep: with one, the
#: thread of TensorFlow that asks for batches is now and then not run for as long as an epoch takes.
_BESIDE_THREADS = 2, 4


def _size(value: Any) -> Tuple[int, int]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:  # noqa: PLR2004 - as it says
        raise ValueError(f"image_size must be a pair (height, width), not {value!r}")
    return whole("height", value[0], 1), whole("width", value[1], 1)


def _check_augment(augment: Any) -> None:
    if augment is not None and not callable(augment):
        raise ValueError(f"augment must be a function of an image and a generator, not {augment!r}")


def _layout(shape: Tuple[int, int, int], dtype: str, data_format: str) -> Layout:
    return Layout(
        shape,
        one_of("dtype", dtype, ("float32", "float16", "uint8")),
        one_of("data_format", data_format, ("channels_last", "channels_first")),
        Memory(),
    )


def _cache(folder: str, files: Any, shape: Tuple[int, int, int], how: Transform) -> Cache:
    if isinstance(files, Manifest):
        raise ValueError("cache= compares every file when it is opened: not with a manifest")  # noqa: TRY004
    if not isinstance(folder, (str, os.PathLike)):
        raise ValueError(f"cache must be the path of a folder, not {folder!r}")  # noqa: TRY004
    return Cache(folder, files, shape, how)


def _files(
    source: Any, root: Optional[str], classes: Optional[Sequence[Any]], *, anchored: bool
) -> Union[LabelledFiles, Manifest]:
    if isinstance(source, LabelledFiles):
        if root is not None or classes is not None:
            raise ValueError("root and classes belong to a frame; LabelledFiles has its own")
        return source
    if isinstance(source, (str, os.PathLike)):
        return Manifest(source, root=root, classes=classes, anchored=anchored)
    if not hasattr(source, "columns"):
        kinds = "a pandas frame, LabelledFiles, or the path of a manifest"
        raise TypeError(f"source must be {kinds}, not {type(source).__name__}")
    return from_frame(source, root=root, classes=classes, anchored=anchored)
