"""The ways of loading that are timed: each a small adapter, there if its packages are installed.

Each is a function of a folder of class folders and its corpus, and returns a `Feed`.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from importlib.util import find_spec
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np
from PIL import Image

from refloader.bench.corpora import Corpus

BATCH = 32
WORKERS = 2
_BILINEAR = getattr(Image, "Resampling", Image).BILINEAR


class Feed(NamedTuple):
    """A loader that is ready to be timed.

    :param epoch: runs one epoch: an iterator of how many images came in each batch.
    :param data: what `fit` is given, nothing where no Keras takes it.
    :param options: what `fit` is told besides, by a Keras that has its workers there.
    """

    epoch: Callable[[], Iterator[int]]
    data: Tuple[Any, ...] = ()
    options: Dict[str, Any] = {}  # noqa: RUF012 - a tuple's default, never changed


Make = Callable[[Path, Corpus], Feed]


class Competitor(NamedTuple):
    """A way of loading.

    :param make: returns what is timed.
    :param needs: the packages it imports.
    :param resampling: how it resizes; only figures of the same kind can be compared.
    :param same_work: whether it decodes with Pillow in each epoch, as the limit does.
    """

    make: Make
    needs: Tuple[str, ...]
    resampling: str
    same_work: bool


LIMIT = "limit: bare decoding"
FIT_ALONE = "limit: fit alone, from memory"
REFERENCE = "refloader"
COMPETITORS: Dict[str, Competitor] = {}


def installed(into: str = "bare") -> List[str]:
    """Return the names of the competitors whose packages are there.

    :param into: "bare", or "fit" for those too that can only feed a model.
    """
    return [
        name
        for name, one in COMPETITORS.items()
        if all(find_spec(package) is not None for package in one.needs)
        and (into == "fit" or name != FIT_ALONE)
    ]


def competitor(
    name: str, *needs: str, resampling: str = "antialias", same_work: bool = True
) -> Callable[[Make], Make]:
    """Enter a function as a competitor."""

    def enter(make: Make) -> Make:
        COMPETITORS[name] = Competitor(make, needs, resampling, same_work)
        return make

    return enter


def _paths(root: Path) -> List[str]:
    return sorted(str(path) for path in root.glob("*/*"))


def _labels(paths: List[str]) -> List[int]:
    return [int(Path(path).parent.name[len("class") :]) for path in paths]


def _tuned(path: str, size: Tuple[int, int], out: Any = None) -> Any:
    """Decode as well as Pillow can: scaled by the decoder, antialiased bilinear.

    :param out: the float32 array to write into, instead of a new one.
    """
    with Image.open(path) as image:
        image.draft("RGB", size[::-1])
        picture: Image.Image = image
        if picture.mode != "RGB":
            picture = picture.convert("RGB")
        if picture.size != size[::-1]:
            picture = picture.resize(size[::-1], _BILINEAR, reducing_gap=2.0)
        return np.multiply(np.asarray(picture), np.float32(1 / 255), out=out, dtype=np.float32)


@competitor(LIMIT)
def limit(root: Path, corpus: Corpus) -> Feed:
    """Decode on all cores and keep nothing: no batches, no order, no way back to the caller.

    The processes are there, have their list of files and have imported what decoding takes before
    the clock starts: a limit that pays for its own start is none.
    """
    paths, cores = _paths(root), os.cpu_count() or 1
    _tuned(paths[0], corpus.image_size)
    links = [_decoder(paths[core::cores], corpus.image_size) for core in range(cores)]

    def epoch() -> Iterator[int]:
        for link in links:
            link.send(None)
        yield sum(link.recv() for link in links)

    return Feed(epoch)


def _decoder(paths: List[str], size: Tuple[int, int]) -> Any:
    """Return the connection of a process that decodes these files whenever it is sent something."""
    ours, theirs = Pipe()
    if os.fork():
        return ours
    # One array for all: where memory goes back to the system after each picture and is mapped anew for
    # the next, that takes a quarter of the time, and a limit does without.
    row = np.empty((*size, 3), np.float32)
    while True:
        theirs.recv()
        for path in paths:
            _tuned(path, size, row)
        theirs.send(len(paths))


def _reference(**options: Any) -> Any:
    def make(root: Path, corpus: Corpus) -> Feed:
        from refloader.loading import ImageLoader  # noqa: PLC0415 - only where it is timed

        settings = {"image_size": corpus.image_size, "batch_size": BATCH, **options}
        if settings.pop("cached", False):
            settings["cache"] = tempfile.mkdtemp(prefix="rows", dir=str(root.parent))
        loader = ImageLoader.from_directory(str(root), **settings)
        return Feed(lambda: (len(batch[0]) for batch in loader), (loader,))

    return make


competitor(REFERENCE)(_reference(workers=WORKERS))
competitor("refloader, inline")(_reference())
competitor("refloader, threads")(_reference(workers=WORKERS, worker_type="threads"))
competitor("refloader, processes")(_reference(workers=WORKERS, worker_type="processes"))
competitor("refloader, uint8")(_reference(workers=WORKERS, dtype="uint8"))
competitor("refloader, cache", same_work=False)(_reference(workers=WORKERS, cached=True))
competitor("refloader, turbo", "simplejpeg", "cv2", same_work=False)(
    _reference(workers=WORKERS, decoder="turbo")
)
competitor("refloader, plain bilinear", "cv2", resampling="bilinear")(
    _reference(workers=WORKERS, resample="bilinear")
)
competitor("refloader, turbo, bilinear", "simplejpeg", "cv2", resampling="bilinear")(
    _reference(workers=WORKERS, resample="bilinear", decoder="turbo")
)


def _sequence(workers: int, *, processes: bool) -> Any:
    """Return the loader of many a tutorial, as Keras itself runs it."""

    def make(root: Path, corpus: Corpus) -> Feed:
        from refloader.bench.keras_reading import keras_epoch, tutorial_sequence  # noqa: PLC0415

        paths = _paths(root)
        sequence = tutorial_sequence(paths, _labels(paths), corpus.image_size, BATCH)
        vars(sequence).update(workers=workers, use_multiprocessing=processes)
        options = {"workers": workers, "use_multiprocessing": processes}
        run = partial(keras_epoch, sequence, workers, processes=processes)
        return Feed(run, (sequence,), options)

    return make


@competitor(FIT_ALONE, same_work=False)
def fit_alone(root: Path, corpus: Corpus) -> Feed:
    """Give `fit` one batch again and again: the time that training takes, whoever loads."""
    from refloader.bench.keras_reading import kept_sequence  # noqa: PLC0415

    sequence = kept_sequence(len(_paths(root)), corpus.image_size, BATCH)
    return Feed(lambda: iter(()), (sequence,))


for _workers, _kind in ((0, ""), (WORKERS, "threads"), (WORKERS, "processes")):
    _name = f"Keras Sequence, {_workers} {_kind}" if _workers else "Keras Sequence, workers=0"
    competitor(_name, "tensorflow", resampling="bicubic antialias")(
        _sequence(_workers, processes=_kind == "processes")
    )


@competitor("Keras ImageDataGenerator", "tensorflow", resampling="nearest")
def image_data_generator(root: Path, corpus: Corpus) -> Feed:
    """Read folders with the class that Keras 3 calls legacy."""
    from tensorflow import keras  # noqa: PLC0415 - only where it is timed

    generator = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
    flow = generator.flow_from_directory(
        str(root), target_size=corpus.image_size, batch_size=BATCH, shuffle=False
    )
    return Feed(lambda: (len(flow[index][0]) for index in range(len(flow))), (flow,))


@competitor("tf.data, image_dataset_from_directory", "tensorflow", resampling="bilinear")
def from_directory(root: Path, corpus: Corpus) -> Feed:
    """Read folders with Keras' own pipeline."""
    from tensorflow import data, keras  # noqa: PLC0415 - only where it is timed

    files = keras.utils.image_dataset_from_directory(
        str(root), image_size=corpus.image_size, batch_size=BATCH, shuffle=False
    ).prefetch(data.AUTOTUNE)
    return Feed(lambda: (int(x.shape[0]) for x, _ in files), (files,))


def _by_hand(*, antialias: bool) -> Any:
    def make(root: Path, corpus: Corpus) -> Feed:
        import tensorflow as tf  # noqa: PLC0415 - only where it is timed

        ratio = 8 if min(corpus.size) > 8 * max(corpus.image_size) else 1

        def read(path: Any, label: Any) -> Any:
            content = tf.io.read_file(path)
            if corpus.suffix == "png":
                return tf.cast(tf.io.decode_png(content, 3), tf.float32) / 255.0, label
            image = tf.io.decode_jpeg(content, 3, ratio=ratio, dct_method="INTEGER_FAST")
            return tf.image.resize(image, corpus.image_size, antialias=antialias) / 255.0, label

        paths = _paths(root)
        files = tf.data.Dataset.from_tensor_slices((paths, _labels(paths)))
        files = files.map(read, tf.data.AUTOTUNE).batch(BATCH).prefetch(tf.data.AUTOTUNE)
        return Feed(lambda: (int(x.shape[0]) for x, _ in files), (files,))

    return make


competitor("tf.data by hand", "tensorflow", resampling="bilinear")(_by_hand(antialias=False))
competitor("tf.data by hand, antialias", "tensorflow", same_work=False)(_by_hand(antialias=True))


class _Pictures:
    """Samples by index, as torch and Grain take them."""

    def __init__(self, paths: List[str], size: Tuple[int, int]) -> None:
        self._paths, self._labels, self._size = paths, _labels(paths), size

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, sample: int) -> Any:
        return _tuned(self._paths[sample], self._size), self._labels[sample]


@competitor("torch DataLoader, 2 processes", "torch")
def torch_loader(root: Path, corpus: Corpus) -> Feed:
    """Read with torch's workers, with the same tuned decoding."""
    from torch.utils.data import DataLoader  # noqa: PLC0415 - only where it is timed

    pictures: Any = _Pictures(_paths(root), corpus.image_size)
    loader = DataLoader(pictures, batch_size=BATCH, num_workers=WORKERS, persistent_workers=True)
    return Feed(lambda: (len(x) for x, _ in loader), (loader,))


def _grain(*, processes: bool) -> Any:
    def make(root: Path, corpus: Corpus) -> Feed:
        import grain  # noqa: PLC0415 - only where it is timed

        pictures: Any = _Pictures(_paths(root), corpus.image_size)
        samples = grain.MapDataset.source(pictures)
        if processes:
            options = grain.MultiprocessingOptions(num_workers=WORKERS)
            batches = samples.batch(BATCH).to_iter_dataset().mp_prefetch(options)
        else:
            options = grain.ReadOptions(num_threads=WORKERS, prefetch_buffer_size=2 * BATCH)
            batches = samples.to_iter_dataset(options).batch(BATCH)
        return Feed(lambda: (len(x) for x, _ in batches), (batches,))

    return make


competitor("Grain, 2 threads", "grain")(_grain(processes=False))
competitor("Grain, 2 processes", "grain")(_grain(processes=True))
