"""Decoded rows on disk: right from the first epoch on, or refused."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import shutil
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from refloader.loading import CacheMismatch, ImageLoader
from refloader.loading import reading as reading_module

N = 9
LATER = 1_700_000_000


@pytest.fixture(name="frame")
def make_frame(tmp_path: Path) -> pd.DataFrame:
    """Return a frame of 9 noisy images."""
    random = np.random.RandomState(3)
    paths = [str(tmp_path / "images" / f"{sample}.png") for sample in range(N)]
    (tmp_path / "images").mkdir()
    for path in paths:
        Image.fromarray(random.randint(0, 256, (10, 14, 3)).astype(np.uint8)).save(path)
        os.utime(path, (LATER, LATER))
    return pd.DataFrame({"path": paths, "label": range(N)})


def loader_of(frame: pd.DataFrame, cache: Any, **options: Any) -> ImageLoader:
    """Return a shuffling loader with a cache."""
    options = {"image_size": (6, 8), "batch_size": 4, "shuffle": True, "cache": cache, **options}
    return ImageLoader(frame, **options)


def epochs_of(loader: Any, count: int = 3) -> List[Any]:
    """Return the batches of some epochs as lists."""
    return [[part.tolist() for part in batch] for _ in range(count) for batch in loader]


@pytest.fixture(name="decoded")
def count_decoding(monkeypatch: pytest.MonkeyPatch) -> List[str]:
    """Return a list that grows by each path that is decoded in this process."""
    decoded: List[str] = []
    original = reading_module.read_image

    def spy(path: str, *rest: Any) -> None:
        original(path, *rest)
        decoded.append(path)

    monkeypatch.setattr(reading_module, "read_image", spy)
    return decoded


@pytest.mark.parametrize(
    "options", [{}, {"workers": 2}, {"workers": 2, "worker_type": "processes"}]
)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_cache_changes_no_batch(
    frame: pd.DataFrame, tmp_path: Path, options: Dict[str, Any], dtype: str
) -> None:
    """All epochs, from the first on, are those of a loader without a cache."""
    expected = epochs_of(loader_of(frame, None, dtype=dtype))
    with loader_of(frame, str(tmp_path / "cache"), dtype=dtype, **options) as loader:
        assert expected == epochs_of(loader)
    assert expected == epochs_of(loader_of(frame, str(tmp_path / "cache"), dtype=dtype))


def test_each_file_is_decoded_once(frame: pd.DataFrame, tmp_path: Path, decoded: List[str]) -> None:
    """Later epochs, copies and runs take the rows that the first reader has written."""
    loader = loader_of(frame, str(tmp_path / "cache"))
    epochs_of(loader)
    epochs_of(pickle.loads(pickle.dumps(loader)))  # noqa: S301 - made here
    epochs_of(loader_of(frame, str(tmp_path / "cache"), dtype="uint8", batch_size=2))

    assert sorted(frame["path"]) == sorted(decoded)


def test_augmentation_is_not_cached(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Cached images are augmented anew in each epoch, as uncached ones are."""

    def noise(image: Any, rng: Any) -> Any:
        return image ^ rng.integers(0, 256, image.shape).astype(np.uint8)

    options = {"augment": noise, "dtype": "uint8"}
    expected = epochs_of(loader_of(frame, None, **options))
    got = epochs_of(loader_of(frame, str(tmp_path / "cache"), **options))

    assert expected == got
    assert 9 == len({json.dumps(batch) for batch in got})


def _read_all(loader: Any, answers: Any) -> None:
    answers.put(epochs_of(loader, 1))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_fill_it_together(frame: pd.DataFrame, tmp_path: Path, method: str) -> None:
    """Worker processes of a framework share the rows of one folder."""
    context = multiprocessing.get_context(method)
    loader, answers = loader_of(frame, str(tmp_path / "cache")), context.Queue()
    processes = [
        context.Process(target=_read_all, args=(loader, answers), daemon=True) for _ in range(3)
    ]
    for process in processes:
        process.start()
    got = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    answers.close()
    answers.join_thread()

    assert [epochs_of(loader_of(frame, None), 1)] * 3 == got
    assert b"\x01" * N == (tmp_path / "cache" / "ready").read_bytes()


def test_row_that_was_not_finished_is_read_again(
    frame: pd.DataFrame, tmp_path: Path, decoded: List[str]
) -> None:
    """A row whose reader was killed before it was whole counts for nothing."""
    expected = epochs_of(loader_of(frame, str(tmp_path / "cache"), dtype="uint8"), 1)
    with (tmp_path / "cache" / "rows").open("r+b") as rows:
        rows.seek(5 * 6 * 8 * 3)
        rows.write(b"\x00" * 70)
    with (tmp_path / "cache" / "ready").open("r+b") as ready:
        ready.seek(5)
        ready.write(b"\x00")
    del decoded[:]

    assert expected == epochs_of(loader_of(frame, str(tmp_path / "cache"), dtype="uint8"), 1)
    assert [frame["path"][5]] == decoded


def test_bad_file_is_not_cached(frame: pd.DataFrame, tmp_path: Path) -> None:
    """A file that cannot be read is tried in each epoch, and never becomes a row."""
    Path(frame["path"][2]).write_bytes(b"no image")
    loader = loader_of(frame, str(tmp_path / "cache"), on_bad_sample="mask")
    epochs_of(loader, 2)

    assert 0 == (tmp_path / "cache" / "ready").read_bytes()[2]
    assert [frame["path"][2]] == list(loader.bad_samples)


def touched(frame: pd.DataFrame) -> None:
    """Give a file another time."""
    os.utime(frame["path"][4], (LATER + 1, LATER + 1))


def longer(frame: pd.DataFrame) -> None:
    """Give a file another size, with the time it had."""
    with Path(frame["path"][4]).open("ab") as file:
        file.write(b"x")
    os.utime(frame["path"][4], (LATER, LATER))


def gone(frame: pd.DataFrame) -> None:
    """Remove a file."""
    Path(frame["path"][4]).unlink()


@pytest.mark.parametrize("change", [touched, longer, gone])
def test_changed_file_is_named(frame: pd.DataFrame, tmp_path: Path, change: Any) -> None:
    """A cache that is older than one of its files is refused, by the file's name."""
    epochs_of(loader_of(frame, str(tmp_path / "cache")))
    change(frame)

    with pytest.raises(CacheMismatch, match=r"is older than .*/4\.png: remove that folder"):
        loader_of(frame, str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": (6, 7)}, r"is of shape \[9, 6, 8, 3\], and this loader has \[9, 6, 7, 3\]"),
        ({"mode": "L"}, "is of mode 'RGB', and this loader has 'L'"),
        ({"resize": "pad"}, "is of resize 'stretch', and this loader has 'pad'"),
        ({"resample": "bilinear"}, "is of resample 'antialias', and this loader has 'bilinear'"),
    ],
)
def test_other_settings_are_named(
    frame: pd.DataFrame, tmp_path: Path, options: Dict[str, Any], message: str
) -> None:
    """A cache of rows that were made in another way is refused, by the setting."""
    loader_of(frame, str(tmp_path / "cache"))

    with pytest.raises(CacheMismatch, match=message):
        loader_of(frame, str(tmp_path / "cache"), **options)


def test_other_files_are_refused(frame: pd.DataFrame, tmp_path: Path) -> None:
    """The same files in another order have other rows."""
    loader_of(frame, str(tmp_path / "cache"))

    with pytest.raises(CacheMismatch, match="is of other files"):
        loader_of(frame[::-1], str(tmp_path / "cache"))


def test_folder_of_something_else_is_left_alone(frame: pd.DataFrame, tmp_path: Path) -> None:
    """A folder with other things in it is refused, and keeps them."""
    before = sorted(os.listdir(tmp_path / "images"))  # noqa: PTH208

    with pytest.raises(CacheMismatch, match="neither an empty folder nor a cache"):
        loader_of(frame, str(tmp_path / "images"))
    assert before == sorted(os.listdir(tmp_path / "images"))  # noqa: PTH208
    assert ["images"] == os.listdir(tmp_path)  # noqa: PTH208


def test_full_disk_is_an_error(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row for which there is no room ends the read with that reason and the sample."""
    loader = loader_of(frame, str(tmp_path / "cache"), shuffle=False)
    monkeypatch.setattr(os, "pwrite", lambda _file, content, _offset: len(content) - 1)

    with pytest.raises(OSError, match="the disk is full") as caught:
        loader[0]
    assert str(caught.value.__cause__).startswith("sample 0, ")


def test_cache_of_nothing(tmp_path: Path) -> None:
    """A loader without samples may have a cache."""
    frame = pd.DataFrame({"path": [], "label": []})

    assert [] == list(loader_of(frame, str(tmp_path / "cache")))
    shutil.rmtree(tmp_path / "cache")
