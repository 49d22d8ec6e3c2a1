"""Manifests on disk: the same batches as of a frame, small pickles, and errors that name the row."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import csv, ipc, parquet

from refloader.loading import ImageLoader
from refloader.scale import converting
from refloader.scale.manifest import Manifest

N = 23
NAMES = ["ant", "bee", "cat"]


@pytest.fixture
def frame(tmp_path: Path) -> pd.DataFrame:
    """Return a table of pictures whose grey tells the sample."""
    for sample in range(N):
        Image.new("L", (4, 4), 10 * sample).save(tmp_path / f"{sample}.png")
    return pd.DataFrame(
        {
            "path": [str(tmp_path / f"{sample}.png") for sample in range(N)],
            "label": [NAMES[sample * 7 % 3] for sample in range(N)],
            "weight": np.arange(N) / 2.0,
        }
    )


def arrow(target: Path, rows: int = 5, **columns: Any) -> str:
    """Write an Arrow file of record batches with so many rows, and return its name."""
    table = pa.table(columns)
    with ipc.new_file(str(target), table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return str(target)


def written(frame: pd.DataFrame, path: Path) -> str:
    """Write a table in the format that the name says, and return the name."""
    columns = {name: frame[name].tolist() for name in frame.columns}
    if path.suffix == ".csv":
        csv.write_csv(pa.table(columns), str(path))
    elif path.suffix == ".parquet":
        parquet.write_table(pa.table(columns), str(path), row_group_size=4)
    else:
        names = pa.DictionaryArray.from_arrays(
            pa.array([NAMES.index(label) for label in columns["label"]], pa.int32()), NAMES
        )
        arrow(path, **{**columns, "label": names})
    return str(path)


def batches(source: Any, **options: Any) -> List[Any]:
    """Return all batches of two epochs."""
    options = {"image_size": (4, 4), "batch_size": 4, "shuffle": True, "mode": "L", **options}
    with ImageLoader(source, **options) as loader:
        return [*loader, *loader]


def assert_same(expected: List[Any], actual: List[Any]) -> None:
    """Compare batches leaf by leaf."""
    assert len(expected) == len(actual)
    for one, other in zip(expected, actual):
        assert len(one) == len(other)
        for first, second in zip(one, other):
            np.testing.assert_array_equal(first, second)
            assert first.dtype == second.dtype


@pytest.mark.parametrize("suffix", [".arrow", ".feather", ".csv", ".parquet"])
@pytest.mark.parametrize("workers", ["inline", "threads", "processes"])
def test_batches_are_those_of_the_frame(
    frame: pd.DataFrame, tmp_path: Path, suffix: str, workers: str
) -> None:
    """Each format gives the batches that the frame gives, with any kind of worker."""
    source = written(frame, tmp_path / f"table{suffix}")
    options: Any = {} if workers == "inline" else {"workers": 2, "worker_type": workers}

    assert_same(batches(frame), batches(source, **options))


def test_converted_in_pieces_is_the_same(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces of another size than the row groups are cut and joined without loss."""
    monkeypatch.setattr(converting, "ROWS", 5)
    source = written(frame, tmp_path / "table.parquet")
    loader = ImageLoader(source)

    assert 5 == ipc.open_file(f"{source}.arrow").num_record_batches
    assert_same(batches(frame), batches(source))
    assert frame["path"].tolist() == [loader._reader.files.path(row) for row in range(N)]


def test_other_table_of_the_same_name_is_refused(frame: pd.DataFrame, tmp_path: Path) -> None:
    """A converted file that is older than its table is not used."""
    source = written(frame, tmp_path / "table.csv")
    ImageLoader(source)
    written(frame.iloc[:-1], tmp_path / "table.csv")

    with pytest.raises(ValueError, match=r"table.csv.arrow was not made of .*: remove it"):
        ImageLoader(source)


def test_only_the_name_is_pickled(tmp_path: Path) -> None:
    """A loader over 200,000 rows and 2,000 classes pickles to under 2 KB, and reads elsewhere."""
    names = [f"class-{number}" for number in range(2000)]
    labels = pa.DictionaryArray.from_arrays(pa.array(np.arange(200_000) % 2000, pa.int32()), names)
    paths = [f"{row}.png" for row in range(200_000)]
    source = arrow(tmp_path / "table.arrow", 2**16, path=paths, label=labels)
    loader = ImageLoader(source, shuffle=True, root="/data")
    pickled = pickle.dumps(loader)
    copy = pickle.loads(pickled)  # noqa: S301 - made here

    assert len(pickled) < 2000
    assert loader.classes == copy.classes == tuple(names)
    assert "/data/199999.png" == copy._reader.files.path(199_999)
    assert loader.state_dict() == copy.state_dict()


def test_fresh_process_reads_it(frame: pd.DataFrame, tmp_path: Path) -> None:
    """A pickle is read in another interpreter."""
    source = written(frame, tmp_path / "table.arrow")
    loader = ImageLoader(source, image_size=(4, 4), batch_size=4)
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer)[5][1].tolist())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(loader),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        check=True,
    )

    assert f"{loader[5][1].tolist()}\n" == done.stdout.decode()


def test_changed_file_is_noticed_by_a_copy(frame: pd.DataFrame, tmp_path: Path) -> None:
    """A pickle does not read from a file that was replaced."""
    pickled = pickle.dumps(ImageLoader(written(frame, tmp_path / "table.arrow")))
    written(frame.iloc[::-1], tmp_path / "table.arrow")

    with pytest.raises(ValueError, match="is not the file any more that this loader was made of"):
        pickle.loads(pickled)  # noqa: S301 - made here


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"label": [0, None]}, {}, r"row 1 of .*t.arrow has no label"),
        ({"label": [0, -1]}, {}, r"label -1 in row 1 of .*t.arrow is not in 0"),
        ({"label": [0, 3]}, {"classes": NAMES}, r"label 3 in row 1 of .* is not in 0..2"),
        ({"label": ["ant", "dog"]}, {"classes": NAMES}, r"label 'dog' in row 1 of .*t.arrow"),
        ({"label": [7, 8]}, {"classes": [7, 9]}, r"label 8 in row 1 of .* among the classes"),
        ({"label": [0, 0], "weight": [1.0, np.nan]}, {}, r"the weight in row 1 of .*t.arrow"),
        ({"label": [0, 0], "weight": [1.0, None]}, {}, r"row 1 of .*t.arrow has no weight"),
        ({"label": [0, 0], "path": ["0.png", None]}, {}, r"row 1 of .*t.arrow has no path"),
        ({"label": [0, 0], "path": ["0.png", "../a"]}, {}, r"path .* in row 1 leads out of the"),
    ],
)
def test_bad_value_is_named_when_it_is_read(
    frame: pd.DataFrame, tmp_path: Path, columns: Any, options: Any, message: str
) -> None:
    """The loader is built, the batch of good rows is read, and that of a bad one names the row."""
    columns = {"path": ["0.png", "1.png"], **columns}
    source = arrow(tmp_path / "t.arrow", **columns)
    options = {"root": str(tmp_path), "image_size": (4, 4), "batch_size": 1, **options}
    loader = ImageLoader(source, **options)
    loader[0]

    with pytest.raises(ValueError, match=message):
        loader[1]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"path": ["a"]}, "must have one column 'label', not 0; it has path"),
        ({"path": ["a"], "label": [0.5]}, "labels must be whole numbers or strings, not double"),
        ({"path": ["a"], "label": ["x"]}, "are strings without a dictionary: classes="),
    ],
)
def test_table_of_another_kind_is_refused(tmp_path: Path, columns: Any, message: str) -> None:
    """What can be told from the schema is told when the loader is built."""
    with pytest.raises(ValueError, match=message):
        ImageLoader(arrow(tmp_path / "t.arrow", **columns))


def test_file_that_cannot_be_mapped_is_refused(tmp_path: Path) -> None:
    """A compressed file, and what is no Arrow file, are named."""
    pd.DataFrame({"path": ["a"] * 99, "label": [0] * 99}).to_feather(tmp_path / "t.feather")
    (tmp_path / "t.arrow").write_text("path,label\n")

    with pytest.raises(ValueError, match=r"t.feather is compressed: write it with compression="):
        ImageLoader(str(tmp_path / "t.feather"))
    with pytest.raises(ValueError, match=r"t.arrow is no Arrow file"):
        ImageLoader(str(tmp_path / "t.arrow"))


def test_missing_value_is_named_when_converted(tmp_path: Path) -> None:
    """A CSV with a gap is refused, and no half of it is left behind."""
    (tmp_path / "t.csv").write_text("path,label\na.png,0\nb.png,\n")

    with pytest.raises(ValueError, match=r"row 1 of .*t.csv has no label"):
        ImageLoader(str(tmp_path / "t.csv"))
    assert ["t.csv"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("source", ["a.txt", "folder"])
def test_other_names_are_no_manifest(tmp_path: Path, source: str) -> None:
    """A name without one of the endings is answered with them."""
    with pytest.raises(ValueError, match=r"a manifest is a file in one of .arrow, .feather"):
        ImageLoader(str(tmp_path / source))


@pytest.mark.parametrize("kind", [pa.int8(), pa.string(), pa.dictionary(pa.int8(), pa.string())])
def test_table_without_rows_is_no_batch(tmp_path: Path, kind: Any) -> None:
    """A table of no rows is a loader of length 0."""
    columns = {"path": pa.array([], pa.string()), "label": pa.array([], kind)}

    assert 0 == len(ImageLoader(arrow(tmp_path / "t.arrow", **columns)))


def test_cache_and_classes_need_more_than_a_manifest_has(tmp_path: Path) -> None:
    """What would need a look at every row or file is refused."""
    source = arrow(tmp_path / "t.arrow", path=["a"], label=[0])

    with pytest.raises(ValueError, match="cache= compares every file"):
        ImageLoader(source, cache=str(tmp_path / "cache"))
    with pytest.raises(ValueError, match="one_hot needs classes="):
        ImageLoader(source, one_hot=True)


def test_threads_share_an_open_table(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Rows that many threads look up at once are those that one looks up."""
    from concurrent.futures import ThreadPoolExecutor

    manifest = Manifest(written(frame, tmp_path / "table.arrow"))
    rows = list(range(N)) * 50
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(manifest.path, rows))

    assert [frame["path"][row] for row in rows] == found
