"""The loader for image files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np

from refloader.loading.images import BadSample, read_image
from refloader.loading.loader import Batch, Loader
from refloader.loading.plan import Plan, one_of, whole
from refloader.loading.sources import LabelledFiles, from_directory, from_frame

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_CHANNELS = {"RGB": 3, "L": 1}


class ImageLoader(Loader):
    """Load batches of decoded images, labels and, where there are any, weights.

    :param source: a frame with columns `path`, `label` and perhaps `weight` (see `from_frame`), or
        `LabelledFiles`.
    :param image_size: (height, width) that every image is resized to.
    :param batch_size: rows in a full batch.
    :param shuffle: whether each epoch has its own random order.
    :param seed: key of the shuffle.
    :param tail: "deliver", "drop" or "pad", see `Plan`.
    :param shard: (rank, world size), see `Plan`.
    :param dtype: of x: "float32" or "float16" for 0..1, "uint8" for 0..255.
    :param mode: "RGB", x is (rows, height, width, 3), or "L" for grey, (rows, height, width, 1).
    :param one_hot: whether y is float32 (rows, classes); else it is the class index, int64 (rows,).
    :param on_bad_sample: what becomes of a file that cannot be read: "raise" BadSample; "skip" its
        row, though a batch of nothing else raises; or "mask", a row of zeros that weighs 0.
        With "mask" batches always carry weights. `bad_samples` tells the path and the reason of
        each that this process met.
    :param root: the folder that relative paths in a frame start from.
    :param classes: all classes in the order of their indexes, for a frame that may lack some.
    :param workers: threads that decode a batch together; 0 and 1 decode in the reader's own.
    """

    def __init__(
        self,
        source: Union[pd.DataFrame, LabelledFiles],
        *,
        image_size: Tuple[int, int] = (224, 224),
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = 0,
        tail: str = "deliver",
        shard: Tuple[int, int] = (0, 1),
        dtype: str = "float32",
        mode: str = "RGB",
        one_hot: bool = False,
        on_bad_sample: str = "raise",
        root: Optional[str] = None,
        classes: Optional[Sequence[Any]] = None,
        workers: int = 0,
    ) -> None:
        files = _files(source, root, classes)
        plan = Plan(len(files), batch_size, seed=seed, shuffle=shuffle, tail=tail, shard=shard)
        self.on_bad_sample = one_of("on_bad_sample", on_bad_sample, ("raise", "skip", "mask"))
        super().__init__(plan, files.weights, weighted=on_bad_sample == "mask")
        self._mode = one_of("mode", mode, tuple(_CHANNELS))
        self._shape = (*_size(image_size), _CHANNELS[mode])
        self._dtype = one_of("dtype", dtype, ("float32", "float16", "uint8"))
        self._one_hot = one_hot
        self._threads = whole("workers", workers, 0)
        self._files = files
        self.bad_samples: Dict[str, str] = {}

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
        return self._files.classes

    def _collate(self, ids: NDArray[np.int64], weights: NDArray[np.float32]) -> Batch:
        x = np.zeros((len(ids), *self._shape), self._dtype)
        good = self._decode(ids, x)
        y = self._files.labels[ids]
        if self.on_bad_sample == "mask":
            weights[~good] = 0
        elif not good.all():
            x, y, weights = x[good], y[good], weights[good]
        if self._one_hot:
            y = np.equal.outer(y, np.arange(len(self.classes))).astype(np.float32)
        return (x, y, weights) if self._weighted else (x, y)

    def _decode(self, ids: NDArray[np.int64], x: NDArray[Any]) -> NDArray[np.bool_]:
        """Fill the rows of x and return which of them could be read."""
        errors: List[Optional[BadSample]] = [None] * len(ids)
        rows = iter(range(len(ids)))
        helpers = min(self._threads, len(ids)) - 1
        if helpers < 1:
            self._decode_rows(rows, ids, x, errors)
        else:
            # Started anew for each batch, which costs 0.2 ms and leaves no thread behind: there
            # is nothing to close, to pickle, or to find missing after a fork.
            with ThreadPoolExecutor(helpers) as pool:
                shared = (rows, ids, x, errors)
                tasks = [pool.submit(self._decode_rows, *shared) for _ in range(helpers)]
                self._decode_rows(*shared)
                for task in tasks:
                    task.result()
        self._report([error for error in errors if error is not None], len(ids))
        return np.array([error is None for error in errors], np.bool_)

    def _decode_rows(
        self,
        rows: Iterator[int],
        ids: NDArray[np.int64],
        x: NDArray[Any],
        errors: List[Optional[BadSample]],
    ) -> None:
        """Decode the rows that no other thread has taken from the iterator they share."""
        for row in rows:
            sample = int(ids[row])
            try:
                read_image(self._files.path(sample), x[row], self._mode)
            except BadSample as error:
                error.position = sample
                errors[row] = error

    def _report(self, errors: List[BadSample], rows: int) -> None:
        for error in errors:
            self.bad_samples.setdefault(error.path, error.reason)
        if errors and self.on_bad_sample == "raise":
            raise errors[0]
        if len(errors) == rows and errors and self.on_bad_sample == "skip":
            first = errors[0]
            reason = f"{first.reason}; nor can any other sample of this batch be read"
            raise BadSample(first.path, reason, first.position) from first


def _size(value: Any) -> Tuple[int, int]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:  # noqa: PLR2004 - as it says
        raise ValueError(f"image_size must be a pair (height, width), not {value!r}")
    return whole("height", value[0], 1), whole("width", value[1], 1)


def _files(source: Any, root: Optional[str], classes: Optional[Sequence[Any]]) -> LabelledFiles:
    if isinstance(source, LabelledFiles):
        if root is not None or classes is not None:
            raise ValueError("root and classes belong to a frame; LabelledFiles has its own")
        return source
    if not hasattr(source, "columns"):
        raise TypeError(f"source must be a pandas frame or LabelledFiles, not {type(source)}")
    return from_frame(source, root=root, classes=classes)
