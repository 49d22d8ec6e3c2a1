"""Batches, epochs, streams, labels and bad files of the reference loaders."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from refloader.loading import ArrayLoader, BadSample, ImageLoader
from refloader.loading.memory import ALIGNMENT
from refloader.loading.sources import LabelledFiles, from_directory, from_frame

N = 10
# What the augmentation of seed 7 is given first, of epochs 0 and 1, each of samples 0 and 1.
DRAWN = [
    9745103554937871953,
    4866483424389976882,
    18113275347685445385,
    11047442809235983372,
]


def array_loader(n: int = N, **options: Any) -> ArrayLoader:
    """Return a loader of which each x and y tell their sample."""
    return ArrayLoader(np.arange(n) * 10, np.arange(n), **{"batch_size": 4, **options})


def write(folder: Path, sample: int) -> str:
    """Write an image whose grey level tells the sample, and return its path."""
    path = folder / f"{sample:03d}.png"
    Image.new("L", (12, 8), sample * 10).save(path)
    return str(path)


@pytest.fixture(name="frame")
def make_frame(tmp_path: Path) -> pd.DataFrame:
    """Return a frame of 10 images with labels 0, 1, 2, 0, 1, ..."""
    paths = [write(tmp_path, sample) for sample in range(N)]
    return pd.DataFrame({"path": paths, "label": [sample % 3 for sample in range(N)]})


def image_loader(frame: pd.DataFrame, **options: Any) -> ImageLoader:
    """Return a loader of small grey images."""
    options = {"image_size": (4, 6), "batch_size": 4, "mode": "L", "dtype": "uint8", **options}
    return ImageLoader(frame, **options)


def samples(batch: Any) -> List[int]:
    """Return which sample each image of a batch is."""
    return (batch[0][:, 0, 0, 0] // 10).tolist()


def epoch_of(batches: Any) -> List[int]:
    """Return the samples of an array loader's batches, in order."""
    return [sample for batch in batches for sample in batch[1].tolist()]


def spoil(frame: pd.DataFrame, *rows: int) -> None:
    """Make files unreadable."""
    for row in rows:
        Path(frame["path"][row]).write_bytes(b"no image")


# Arrays


def test_array_batches_pair_x_and_y() -> None:
    """Each batch is (x, y) of the same samples, and the last holds the rest."""
    batches = [(x.tolist(), y.tolist()) for x, y in array_loader()]

    assert ([0, 10, 20, 30], [0, 1, 2, 3]) == batches[0]
    assert ([80, 90], [8, 9]) == batches[2]


def test_without_y_batches_have_x_only() -> None:
    """A loader without targets delivers (x,)."""
    (x,) = ArrayLoader(np.arange(3))[0]

    assert [0, 1, 2] == x.tolist()


def test_nests_keep_their_structure() -> None:
    """Dicts, tuples and lists of arrays come back as such, row by row."""
    x = {"a": np.arange(5), "b": (np.arange(5) * 2, [np.arange(10).reshape(5, 2)])}
    (batch,) = ArrayLoader(x, batch_size=2)[1]

    assert [2, 3] == batch["a"].tolist()
    assert [4, 6] == batch["b"][0].tolist()
    assert [[4, 5], [6, 7]] == batch["b"][1][0].tolist()


class Pair(NamedTuple):
    """Two arrays by name."""

    left: np.ndarray
    right: np.ndarray


def test_named_tuples_keep_their_names() -> None:
    """A named tuple of arrays comes back as one, row by row."""
    (batch,) = ArrayLoader(Pair(np.arange(5), np.arange(5) * 2), batch_size=2)[1]

    assert ([2, 3], [4, 6]) == (batch.left.tolist(), batch.right.tolist())


def test_weights_go_with_their_samples() -> None:
    """Given weights are the third part of each batch, as float32."""
    weights = np.arange(N) / 2
    loader = array_loader(weights=weights, shuffle=True, seed=3)

    for _, y, w in loader:
        assert np.float32 == w.dtype
        assert (y / 2).tolist() == w.tolist()


def test_padded_rows_weigh_nothing() -> None:
    """With tail pad every batch is full and has weights, 0 for the filled rows alone."""
    batches = list(array_loader(tail="pad"))

    assert [4, 4, 4] == [len(x) for x, _, _ in batches]
    assert [[1.0] * 4, [1.0] * 4, [1.0, 1.0, 0.0, 0.0]] == [w.tolist() for _, _, w in batches]


def test_batch_is_the_callers() -> None:
    """Writing into a batch changes neither the data nor another read of it."""
    x = np.arange(8)
    loader = ArrayLoader(x, np.arange(8), batch_size=4)
    for part in loader[0]:
        part[...] = -1

    assert [0, 1, 2, 3] == loader[0][0].tolist()
    assert list(range(8)) == x.tolist()


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64", "U3", "datetime64[s]"])
def test_array_batches_are_where_frameworks_take_them_over(dtype: str) -> None:
    """Each array begins at a multiple of 64 bytes: of one that does not, TensorFlow and JAX make a copy."""
    loader = ArrayLoader(np.zeros((N, 3, 5), "int64").astype(dtype), np.arange(N), batch_size=3)

    assert {0} == {part.ctypes.data % ALIGNMENT for batch in loader for part in batch}
    assert {np.dtype(dtype)} == {x.dtype for x, _ in loader}


def test_arrays_of_objects_are_delivered() -> None:
    """Rows that are Python objects, which no framework takes over, come as they are."""
    loader = ArrayLoader(np.array([{"a": 1}, None, "b"], object), batch_size=2)

    assert [[{"a": 1}, None], ["b"]] == [x.tolist() for (x,) in loader]


def test_array_loader_gives_arrays_back() -> None:
    """arrays() is the whole data set in its own order, whatever the shuffle."""
    x, y = array_loader(shuffle=True).arrays()

    assert list(range(0, 100, 10)) == x.tolist()
    assert list(range(N)) == y.tolist()


@pytest.mark.parametrize(
    ("x", "y", "weights", "message"),
    [
        (np.arange(3), np.arange(4), None, r"not \{'x': 3, 'y': 4\}"),
        ({"a": np.arange(3), "b": [np.arange(2)]}, None, None, r"\"x\['b'\]\[0\]\": 2"),
        (np.arange(3), np.float32(1), None, "y must be an array with a first axis"),
        (np.arange(3), np.arange(3), np.ones((3, 1)), r"weights must have shape \(n,\)"),
        (np.arange(3), None, np.ones(3), "need y"),
        ({}, None, None, "x must hold an array"),
    ],
)
def test_arrays_that_do_not_fit_are_named(x: Any, y: Any, weights: Any, message: str) -> None:
    """Arrays of different lengths or shapes are refused, each by its name."""
    with pytest.raises(ValueError, match=message):
        ArrayLoader(x, y, weights)


# Epochs


def test_hook_moves_the_epoch_at_once() -> None:
    """After on_epoch_end the same index gives the next epoch's batch, however often it is read."""
    loader = array_loader(shuffle=True)
    before = [loader[0][1].tolist() for _ in range(3)]
    loader.on_epoch_end()
    after = [loader[0][1].tolist() for _ in range(3)]

    assert [loader.batch(0, 0)[1].tolist()] * 3 == before
    assert [loader.batch(1, 0)[1].tolist()] * 3 == after
    assert before != after


@pytest.mark.parametrize(
    ("hooks_before", "hooks_after", "expected"),
    [(0, 0, [0, 1, 2]), (0, 1, [0, 1, 2]), (1, 0, [1, 2, 3]), (1, 1, [1, 3, 5]), (0, 3, [0, 3, 6])],
)
def test_iterated_epochs_follow_each_other(
    hooks_before: int, hooks_after: int, expected: List[int]
) -> None:
    """Whatever hooks are called around it, each iteration is of one epoch and none comes twice."""
    loader = array_loader(shuffle=True)
    passes = []
    for _ in range(3):
        for _ in range(hooks_before):
            loader.on_epoch_end()
        passes.append(epoch_of(loader))
        for _ in range(hooks_after):
            loader.on_epoch_end()

    assert [epoch_of(loader.batch(e, i) for i in range(3)) for e in expected] == passes


def test_hook_in_the_middle_does_not_mix_epochs() -> None:
    """An iteration that has begun stays in its epoch."""
    loader = array_loader(shuffle=True)
    got = []
    for batch in loader:
        got.append(batch)
        loader.on_epoch_end()

    assert epoch_of(loader.batch(0, index) for index in range(3)) == epoch_of(got)


def test_broken_off_iteration_starts_again() -> None:
    """After an early break the next iteration is of the same epoch, from its first batch."""
    loader = array_loader(shuffle=True)
    for _ in zip(range(2), loader):
        pass

    assert epoch_of(loader.batch(0, index) for index in range(3)) == epoch_of(loader)


def test_last_batch_ends_the_epoch_without_asking_for_more() -> None:
    """Taking exactly len() batches is a whole iteration, so the next is of the next epoch."""
    loader = array_loader(shuffle=True)
    for _ in zip(range(len(loader)), loader):
        pass

    assert epoch_of(loader.batch(1, index) for index in range(3)) == epoch_of(loader)


def test_no_samples_is_no_batch() -> None:
    """A loader of nothing has length 0, iterates over nothing, and has empty arrays."""
    loader = array_loader(0)

    assert (0, [], 0) == (len(loader), list(loader), len(loader.arrays()[0]))
    assert [] == list(loader.generator())


def test_index_outside_is_an_index_error() -> None:
    """There is no batch past the end, and -1 is the last one."""
    loader = array_loader()

    with pytest.raises(IndexError):
        loader[3]
    assert [8, 9] == loader[-1][1].tolist()


def test_global_random_state_is_left_alone() -> None:
    """Reading a shuffled loader neither seeds nor draws from NumPy's shared generator."""
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 - the one that must stay as it is
    list(array_loader(shuffle=True))

    assert before == np.random.get_state()[1].tolist()  # noqa: NPY002 - as above


# Streams


def test_stream_runs_through_whole_epochs() -> None:
    """Each len() batches of the stream are one epoch, the first the loader's current one."""
    loader = array_loader(shuffle=True)
    loader.on_epoch_end()
    stream = loader.generator()
    got = [epoch_of(next(stream) for _ in range(3)) for _ in range(3)]

    assert [epoch_of(loader.batch(e, i) for i in range(3)) for e in (1, 2, 3)] == got


def test_stream_counts_for_itself() -> None:
    """Neither hooks nor other reads of the loader move a stream."""
    loader = array_loader(shuffle=True)
    stream = loader.generator()
    first = next(stream)
    loader.on_epoch_end()
    list(loader)

    assert epoch_of(loader.batch(0, i) for i in range(3)) == epoch_of(
        [first, next(stream), next(stream)]
    )


def test_stream_shared_by_threads_loses_nothing() -> None:
    """Four threads that draw from one stream get each batch of 40 epochs once."""
    stream = array_loader(shuffle=True).generator()
    got: List[int] = []

    def draw() -> None:
        for _ in range(30):
            got.extend(next(stream)[1].tolist())

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert dict.fromkeys(range(N), 40) == dict(Counter(got))


def test_stream_refuses_to_be_pickled() -> None:
    """A stream cannot be sent to a worker process, and the error says what can."""
    with pytest.raises(TypeError, match="give the loader itself to worker processes"):
        pickle.dumps(array_loader().generator())


def test_stream_refuses_to_be_forked() -> None:
    """A forked copy of a stream raises instead of delivering the samples again."""
    stream = array_loader().generator()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            next(stream)
        except RuntimeError:
            os.write(writer, b"refused")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)

    assert b"refused" == os.read(reader, 99)
    os.close(reader)


def test_stream_tries_a_failed_batch_again(frame: pd.DataFrame) -> None:
    """An error does not cost the batch: the next draw is of the same one."""
    good = Path(frame["path"][1]).read_bytes()
    stream = image_loader(frame).generator()
    spoil(frame, 1)
    with pytest.raises(BadSample):
        next(stream)
    Path(frame["path"][1]).write_bytes(good)

    assert [0, 1, 2, 3] == samples(next(stream))


# Images


@pytest.mark.parametrize("workers", [0, 1, 3, 50])
def test_images_pair_with_their_labels(frame: pd.DataFrame, workers: int) -> None:
    """Whatever the number of threads, each row is its sample, with its label."""
    loader = image_loader(frame, workers=workers, shuffle=True, seed=2)
    got = [sample for batch in loader for sample in samples(batch)]

    assert list(range(N)) == sorted(got)
    for batch in loader:
        assert [sample % 3 for sample in samples(batch)] == batch[1].tolist()


@pytest.mark.parametrize(
    ("options", "keras"),
    [
        ({}, 1),
        ({"workers": 2, "worker_type": "threads"}, 2),
        ({"workers": 2, "worker_type": "processes"}, 1),
        ({"workers": 2, "worker_type": "threads", "cache": "rows"}, 1),
        ({"worker_type": "threads"}, 1),
    ],
)
def test_keras_is_asked_for_workers_beside_threads_that_decode(
    frame: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: Dict[str, Any],
    keras: int,
) -> None:
    """One is as fast beside processes, and faster where nothing is decoded."""
    monkeypatch.chdir(tmp_path)

    assert image_loader(frame, **options).workers == keras


@pytest.mark.parametrize(
    ("mode", "dtype", "shape"), [("RGB", "float32", (4, 4, 6, 3)), ("L", "float16", (4, 4, 6, 1))]
)
def test_images_have_the_shape_and_type_asked_for(
    frame: pd.DataFrame, mode: str, dtype: str, shape: Any
) -> None:
    """Images are (rows, height, width, channels) of the dtype, labels int64 class indexes."""
    x, y = image_loader(frame, mode=mode, dtype=dtype)[0]

    assert (shape, dtype) == (x.shape, x.dtype.name)
    assert np.int64 == y.dtype


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("workers", [0, 2])
def test_images_are_where_frameworks_take_them_over(
    frame: pd.DataFrame, workers: int, data_format: str
) -> None:
    """Images begin at a multiple of 64 bytes: of ones that do not, TensorFlow and JAX make a copy."""
    for dtype in ("uint8", "float16", "float32"):
        loader = image_loader(frame, dtype=dtype, data_format=data_format, workers=workers)
        assert {0} == {x.ctypes.data % ALIGNMENT for x, _ in loader}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_floats_are_the_bytes_over_255_however_large_a_row(
    frame: pd.DataFrame, data_format: str
) -> None:
    """Small rows are scaled together and large ones alone: the same pixels, the same bad rows."""
    spoil(frame, 1, 7)
    for size in (4, 100, 300):
        options = {"image_size": (size, size), "batch_size": N, "data_format": data_format}
        options["on_bad_sample"] = "mask"
        whole, _, weights = image_loader(frame, **options)[0]
        floats, _, same_weights = image_loader(frame, dtype="float32", **options)[0]

        assert np.flatnonzero(weights == 0).tolist() == [1, 7]
        assert np.array_equal(weights, same_weights)
        assert np.array_equal(floats, whole * np.float32(1 / 255))


def test_one_hot_has_all_classes_in_every_batch(frame: pd.DataFrame) -> None:
    """One-hot columns are the classes of the whole data set, float32."""
    y = image_loader(frame, one_hot=True, batch_size=1)[1][1]

    assert [[0.0, 1.0, 0.0]] == y.tolist()
    assert np.float32 == y.dtype


@pytest.mark.parametrize("workers", [0, 2])
def test_augmentation_is_a_function_of_seed_epoch_and_sample(
    frame: pd.DataFrame, workers: int
) -> None:
    """Each sample has random numbers of its own in each epoch, whoever reads it and when."""

    def draw(image: Any, rng: Any) -> Any:
        image[...] = rng.integers(0, 256, image.shape)
        return image

    def drawn(seed: int, batch_size: int, epoch: int, workers: int = 0) -> Dict[int, Any]:
        options = {"augment": draw, "seed": seed, "batch_size": batch_size, "workers": workers}
        loader = image_loader(frame.assign(label=range(N)), shuffle=True, **options)
        batches = [loader.batch(epoch, index) for index in reversed(range(len(loader)))]
        return {int(y): x.tobytes() for batch in batches for x, y in zip(*batch)}

    first = drawn(1, 4, 0)

    assert first == drawn(1, 3, 0, workers)
    others = [
        first,
        drawn(2, 4, 0),
        *(drawn(1, 4, epoch) for epoch in (1, 64, 2**16, 2**32, 2**33)),
    ]
    assert len(others) * N == len({image for images in others for image in images.values()})


def test_augmentation_draws_the_same_numbers_in_every_release(frame: pd.DataFrame) -> None:
    """A run can be repeated years later: the numbers of (seed 7, epoch 0 and 1, sample 0 and 1)."""
    drawn = []

    def draw(image: Any, rng: Any) -> Any:
        drawn.append(int(rng.bit_generator.random_raw()))
        return image

    loader = image_loader(frame, augment=draw, seed=7, batch_size=2)
    loader[0]
    loader.on_epoch_end()
    loader[0]

    assert DRAWN == drawn


@pytest.mark.parametrize("made", [None, np.zeros((4, 6, 1)), np.zeros((4, 5, 1), np.uint8)])
def test_augmentation_of_another_shape_is_refused(frame: pd.DataFrame, made: Any) -> None:
    """What augment returns must be an image like the one it was given."""
    loader = image_loader(frame, augment=lambda _image, _rng: made)

    with pytest.raises(ValueError, match=r"augment must return a uint8 array of shape \(4, 6, 1\)"):
        loader[0]


def test_weight_column_is_delivered(frame: pd.DataFrame) -> None:
    """A frame's weights go with their samples."""
    frame["weight"] = np.arange(N) / 4
    loader = image_loader(frame, shuffle=True)

    for batch in loader:
        assert [sample / 4 for sample in samples(batch)] == batch[2].tolist()


def test_bad_sample_is_raised_by_name(frame: pd.DataFrame) -> None:
    """By default a bad file ends the read with its path and position, the first of the batch."""
    spoil(frame, 5, 6)
    loader = image_loader(frame, workers=2)

    with pytest.raises(BadSample, match=r"sample 5: cannot read .*005\.png") as caught:
        loader[1]
    assert (5, frame["path"][5]) == (caught.value.position, caught.value.path)


def test_skipped_samples_shorten_the_batch(frame: pd.DataFrame) -> None:
    """With skip the rest of the batch is delivered, with its own labels, and the file reported."""
    spoil(frame, 5)
    loader = image_loader(frame, on_bad_sample="skip")
    batch = loader[1]
    list(loader)

    assert [4, 6, 7] == samples(batch)
    assert [1, 0, 1] == batch[1].tolist()
    assert [frame["path"][5]] == list(loader.bad_samples)


def test_batch_of_nothing_but_bad_samples_is_raised(frame: pd.DataFrame) -> None:
    """With skip a batch is never empty: if all its files are bad, that is an error."""
    spoil(frame, 8, 9)
    loader = image_loader(frame, on_bad_sample="skip")

    with pytest.raises(BadSample, match="nor can any other sample of this batch"):
        loader[2]


def test_masked_samples_weigh_nothing(frame: pd.DataFrame) -> None:
    """With mask a bad file is a row of zeros of weight 0, and all batches have weights."""
    spoil(frame, 5)
    loader = image_loader(frame, on_bad_sample="mask")
    x, _, weights = loader[1]

    assert [1.0, 0.0, 1.0, 1.0] == weights.tolist()
    assert not x[1].any()
    assert [1.0] * 4 == loader[0][2].tolist()


def test_image_arrays_are_the_whole_data_set(frame: pd.DataFrame) -> None:
    """arrays() decodes all images in the frame's order."""
    x, y = image_loader(frame, shuffle=True, tail="drop").arrays()

    assert list(range(N)) == samples((x,))
    assert frame["label"].tolist() == y.tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_bad_sample": "ignore"}, "on_bad_sample must be one of"),
        ({"mode": "BGR"}, "mode must be one of RGB, L"),
        ({"dtype": "float64"}, "dtype must be one of"),
        ({"image_size": (0, 5)}, "height must be"),
        ({"image_size": 5}, "image_size must be a pair"),
        ({"workers": -1}, "workers must be"),
    ],
)
def test_bad_option_is_named(frame: pd.DataFrame, options: Dict[str, Any], message: str) -> None:
    """An option of the wrong kind is refused by name when the loader is built."""
    with pytest.raises(ValueError, match=message):
        image_loader(frame, **options)


# Sources


@pytest.mark.parametrize(
    ("labels", "classes", "indexes", "names"),
    [
        (["b", "a", "b"], None, [1, 0, 1], ("a", "b")),
        (["b", "a", "b"], ["b", "c", "a"], [0, 2, 0], ("b", "c", "a")),
        ([2, 0, 2], None, [2, 0, 2], (0, 1, 2)),
        ([2.0, 0.0, 2.0], None, [2, 0, 2], (0, 1, 2)),
        ([False, True, False], None, [0, 1, 0], (0, 1)),
        ([2, 0, 2], ["x", "y", "z"], [2, 0, 2], ("x", "y", "z")),
        ([-1, 1, -1], [-1, 1], [0, 1, 0], (-1, 1)),
        (pd.Categorical(["b", "a", "b"]), None, [1, 0, 1], ("a", "b")),
    ],
)
def test_labels_are_numbered_once_for_all(
    labels: Any, classes: Any, indexes: List[int], names: Any
) -> None:
    """Whole numbers are class indexes, other labels are numbered by `classes` or sorted order."""
    files = from_frame(pd.DataFrame({"path": list("xyz"), "label": labels}), classes=classes)

    assert indexes == files.labels.tolist()
    assert names == files.classes


@pytest.mark.parametrize(
    ("columns", "classes", "message"),
    [
        ({"path": ["x"]}, None, "one column 'label', not 0; it has path"),
        ({"label": [1]}, None, "one column 'path', not 0; it has label"),
        ({"path": ["x", "y"], "label": ["a", None]}, None, "'label' of the frame has no value in"),
        ({"path": ["x", "y"], "label": [1, np.nan]}, None, "'label' .* has no value in row 1"),
        ({"path": [None], "label": [1]}, None, "'path' of the frame has no value in row 0"),
        ({"path": ["x"], "label": [1], "weight": [np.inf]}, None, "'weight' .* not inf"),
        ({"path": ["x"], "label": [1], "weight": ["0.5"]}, None, "'weight' .* not '0.5'"),
        ({"path": ["x"], "label": [0.5]}, None, "all whole numbers or all strings"),
        ({"path": ["x", "y"], "label": [1, "a"]}, None, "all whole numbers or all strings"),
        ({"path": ["x"], "label": [-1]}, None, "label -1 in row 0 is not a class index in"),
        ({"path": ["x"], "label": [2]}, ["a", "b"], "label 2 in row 0 is not a class index in"),
        ({"path": ["x"], "label": ["c"]}, ["a", "b"], "label 'c' in row 0 is not among"),
    ],
)
def test_bad_frame_is_explained(columns: Any, classes: Any, message: str) -> None:
    """A frame that lacks something, or has a label of no class, is refused with the place."""
    with pytest.raises(ValueError, match=message):
        from_frame(pd.DataFrame(columns), classes=classes)


def test_column_that_is_there_twice_is_refused() -> None:
    """Of two columns named label neither is chosen."""
    frame = pd.DataFrame([["x", 1, 2]], columns=["path", "label", "label"])

    with pytest.raises(ValueError, match="one column 'label', not 2"):
        from_frame(frame)


def test_index_of_a_frame_plays_no_part(frame: pd.DataFrame) -> None:
    """A frame that was filtered or sorted is read in its order, by position."""
    loader = image_loader(frame.iloc[::-1])

    assert [9, 8, 7, 6] == samples(loader[0])


def test_paths_survive_any_name(tmp_path: Path) -> None:
    """Paths of every script, and bytes that are no text, come back as they were."""
    names = ["a.jpg", "\u56fe\u50cf/\u00e9.png", os.fsdecode(b"\xff\xfe.png"), "line\nbreak'.png"]
    # As objects: beside pyarrow, pandas keeps text in a form that has no place for every name.
    paths = pd.Series(names, dtype=object)
    files = from_frame(pd.DataFrame({"path": paths, "label": [0] * 4}), root=str(tmp_path))

    assert [str(tmp_path / name) for name in names] == [files.path(sample) for sample in range(4)]


@pytest.mark.parametrize("way", ["..", "absolute", "link", "linked folder"])
def test_path_that_leaves_the_root_is_refused(tmp_path: Path, way: str) -> None:
    """With a root, neither `..`, nor an absolute path, nor a link leads out of it."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    write(outside, 3)
    (inside / "link.png").symlink_to(outside / "003.png")
    (inside / "folder").symlink_to(outside)
    path = {
        "..": "../outside/003.png",
        "absolute": str(outside / "003.png"),
        "link": "link.png",
        "linked folder": "folder/003.png",
    }[way]
    frame = pd.DataFrame({"path": ["a.png", path], "label": [0, 0]})

    with pytest.raises(ValueError, match=r"in row 1 leads out of the root"):
        from_frame(frame, root=str(inside))


def test_links_within_the_root_are_followed(tmp_path: Path) -> None:
    """A root may itself be a link, and links inside of it may lead to each other."""
    (tmp_path / "real" / "deep").mkdir(parents=True)
    write(tmp_path / "real" / "deep", 3)
    (tmp_path / "real" / "link.png").symlink_to("deep/003.png")
    (tmp_path / "root").symlink_to("real")
    frame = pd.DataFrame({"path": ["link.png", "deep/../deep/003.png"], "label": [0, 0]})

    assert [3, 3] == samples(image_loader(frame, root=str(tmp_path / "root"))[0])


def test_relative_paths_do_not_follow_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative paths start where the process was when the loader was built."""
    monkeypatch.chdir(tmp_path)
    files = from_frame(pd.DataFrame({"path": ["a.png"], "label": [0]}))
    monkeypatch.chdir("/")

    assert str(tmp_path / "a.png") == files.path(0)


def test_directory_is_read_in_sorted_order(tmp_path: Path) -> None:
    """Class folders by name, files by name, at any depth; hidden and other files are left out."""
    for name in ["b/2.png", "b/1.JPG", "b/deep/3.png", "a/1.png", "a/.x.png", "a/notes.txt"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name in [".hidden", "empty"]:
        (tmp_path / name).mkdir()
    files = from_directory(str(tmp_path))
    found = [os.path.relpath(files.path(sample), tmp_path) for sample in range(len(files))]

    assert ["a/1.png", "b/1.JPG", "b/2.png", "b/deep/3.png"] == found
    assert [0, 1, 1, 1] == files.labels.tolist()
    assert ("a", "b", "empty") == files.classes


def test_directory_loader_takes_the_same_options(tmp_path: Path) -> None:
    """from_directory gives a loader over class folders, in the order of `classes`."""
    for name in ["cat", "dog"]:
        (tmp_path / name).mkdir()
        write(tmp_path / name, 3)
    loader = ImageLoader.from_directory(str(tmp_path), classes=["dog", "cat"], image_size=(2, 2))

    assert ("dog", "cat") == loader.classes
    assert [0, 1] == loader[0][1].tolist()


@pytest.mark.parametrize(
    ("classes", "message"), [(None, "it lacks any folder"), (["cat"], "it lacks 'cat'")]
)
def test_directory_without_its_classes_is_refused(
    tmp_path: Path, classes: Any, message: str
) -> None:
    """A folder without class folders is most likely the wrong one."""
    with pytest.raises(ValueError, match=message):
        from_directory(str(tmp_path), classes=classes)


def test_directory_without_any_image_is_refused(tmp_path: Path) -> None:
    """Class folders that hold no image at all are most likely the wrong ones; one of them may be empty."""
    for name in ["cat", "dog"]:
        (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match=r"no class folder of .* holds an image"):
        from_directory(str(tmp_path))

    write(tmp_path / "dog", 1)

    assert [1] == from_directory(str(tmp_path)).labels.tolist()


@pytest.mark.parametrize("weights", [[1, np.nan], ["1", "2"], [None, 1.0]])
def test_weights_that_are_no_finite_numbers_are_refused(weights: Any) -> None:
    """One weight that is no number would make a whole epoch's loss none."""
    with pytest.raises(ValueError, match="weights must hold finite numbers, not "):
        ArrayLoader(np.zeros((2, 2)), np.zeros(2), weights)


def test_weights_may_be_whole_numbers_or_objects() -> None:
    """Weights of any numeric kind are delivered as float32."""
    for weights in ([2, 3], np.array([2.0, 3], object), np.array([True, True])):
        (batch,) = ArrayLoader(np.zeros((2, 2)), np.zeros(2), weights)
        assert np.float32 == batch[2].dtype


def test_frame_without_rows_is_no_batch() -> None:
    """An empty frame with its columns is a loader of length 0."""
    assert 0 == len(ImageLoader(pd.DataFrame({"path": [], "label": []})))


def test_source_of_another_kind_is_refused() -> None:
    """What is neither a frame nor LabelledFiles nor the name of a manifest is named."""
    with pytest.raises(TypeError, match="source must be a pandas frame, LabelledFiles, or the"):
        ImageLoader([1, 2])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"a manifest is a file in one of .arrow, .feather"):
        ImageLoader("some/folder")


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow or fsspec, what needs them says what to install, when it is needed."""
    for module in ("manifest", "remote"):
        monkeypatch.setattr(f"refloader.scale.{module}.find_spec", lambda _: None)
    loader = ImageLoader(pd.DataFrame({"path": ["memory://a.png"], "label": [0]}))

    with pytest.raises(ImportError, match=r'a manifest needs pyarrow: pip install "refloader\[man'):
        ImageLoader("table.parquet")
    with pytest.raises(ImportError, match=r'files elsewhere need fsspec: pip install "refloader\['):
        ImageLoader(pd.DataFrame({"path": [], "label": []}), filesystem=object())
    with pytest.raises(ImportError, match=r'files elsewhere need fsspec: pip install "refloader\['):
        loader[0]


def test_root_is_for_frames() -> None:
    """LabelledFiles has its paths already, so root would be ignored and is refused."""
    with pytest.raises(ValueError, match="root and classes belong to a frame"):
        ImageLoader(LabelledFiles(["/a"], [0], ["x"]), root="/data")


# Pickles


@pytest.mark.parametrize("make", [array_loader, None], ids=["arrays", "images"])
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_loader_goes_on_in_its_epoch(
    frame: pd.DataFrame, make: Callable[..., Any], protocol: int
) -> None:
    """A copy through any protocol gives the same batches of the same epoch."""
    loader = make(shuffle=True) if make else image_loader(frame, shuffle=True, workers=2)
    loader.on_epoch_end()
    loader[0]
    again = pickle.loads(pickle.dumps(loader, protocol))  # noqa: S301 - made above

    assert [part.tolist() for part in loader[1]] == [part.tolist() for part in again[1]]


def test_pickle_is_small_and_needs_no_framework(frame: pd.DataFrame, tmp_path: Path) -> None:
    """A fresh interpreter reads the pickle without Keras, pandas or Hypothesis."""
    (tmp_path / "loader").write_bytes(pickle.dumps(image_loader(frame, shuffle=True, workers=2)))
    code = (
        "import pickle, sys; loader = pickle.load(open('loader', 'rb'));"
        "print(sum(len(y) for _, y in loader),"
        " {'keras', 'tensorflow', 'pandas', 'hypothesis', 'pytest'} & set(sys.modules))"
    )
    home = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=str(tmp_path),
        env={**os.environ, "PYTHONPATH": home},
        stdout=subprocess.PIPE,
        check=True,
    )

    assert b"10 set()" == done.stdout.strip()


def test_pickle_takes_few_bytes_a_sample(tmp_path: Path) -> None:
    """A loader over 1,000 files pickles to far less than 200 bytes a sample."""
    paths = [str(tmp_path / "some" / "class" / f"image-{sample}.jpg") for sample in range(1000)]
    loader = ImageLoader(pd.DataFrame({"path": paths, "label": ["class"] * 1000}))

    assert len(pickle.dumps(loader)) < 50 * 1000


def test_loader_is_not_kept_alive(frame: pd.DataFrame) -> None:
    """Reading leaves no reference to the loader behind."""
    loader = image_loader(frame, workers=2)
    list(loader)
    kind = type(loader)
    del loader
    gc.collect()

    assert [] == [thing for thing in gc.get_objects() if type(thing) is kind]
