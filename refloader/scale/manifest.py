"""Samples of a table on disk that is mapped into memory: of any number, at the price of a few.

An Arrow file is read where it lies. CSV and Parquet have to be read from front to end, so they are
turned into an Arrow file once, by `refloader.scale.converting`. What is sent to a worker is the
file's name and what tells it from another; the worker opens it for itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from bisect import bisect_right
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from refloader.scale.places import Root
from refloader.scale.table import KEY, check_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARROW, OTHERS = (".arrow", ".feather", ".ipc"), (".csv", ".parquet")
_SPOTS, _SPOT = 64, 4096  # what is read to tell a file from another: so many times so many bytes


class Manifest:
    """Paths, labels and weights of the rows of a table; stands where `LabelledFiles` does.

    Rows are validated when they are read: with 10**9 of them nobody would wait for all. To open a
    file takes some hundredths of a millisecond for each of its record batches; not so a converted
    one, which says how large they are.

    :param path: an Arrow file (.arrow, .feather, .ipc), not compressed; or .csv or .parquet, which
        are turned into an Arrow file beside them. Columns `path`, `label` and perhaps `weight`.
    :param root: the folder that relative paths start from, by default the current one. If it is
        said, no path may leave it.
    :param classes: all classes in the order of their indexes. By default those of the label
        column's dictionary, in its order; labels that are whole numbers are class indexes.
    :param anchored: whether paths are of this machine's file system, unless they are URLs.
    :raises ImportError: without pyarrow.
    :raises ValueError: if a column is missing or of another type, or a converted file is older
        than what it was made of. Reading a row raises it where a value is missing, a label is not
        among the classes, a weight is not finite, or a path leaves the root.
    """

    def __init__(
        self,
        path: Any,
        *,
        root: Optional[str] = None,
        classes: Optional[Sequence[Any]] = None,
        anchored: bool = True,
    ) -> None:
        name = Path(os.fsdecode(path)).absolute()
        if name.suffix not in ARROW + OTHERS:
            kinds = ", ".join(ARROW + OTHERS)
            folders = "a folder of class folders is for ImageLoader.from_directory"
            raise ValueError(
                f"a manifest is a file in one of {kinds}, not {str(name)!r}; {folders}"
            )
        if find_spec("pyarrow") is None:
            raise ImportError('a manifest needs pyarrow: pip install "refloader[manifest]"')
        if name.suffix in OTHERS:
            from refloader.scale.converting import converted  # noqa: PLC0415 - needs pyarrow

            name = converted(name)
        self._path = str(name)
        self._root = Root(root, anchored=anchored)
        self._given = None if classes is None else tuple(classes)
        self._opened: Optional[_Table] = None
        self._fingerprint = _told_apart(self._path)
        table = self._table()
        self.classes: Tuple[Any, ...] = table.classes if self._given is None else self._given
        self._index = {name: index for index, name in enumerate(self.classes)}
        self._count = len(table)
        if table.spelled and self._count and not self.classes:
            raise ValueError(
                f"the labels in {self._path} are strings without a dictionary: classes="
            )

    def __len__(self) -> int:
        """Return the number of samples."""
        return self._count

    def path(self, sample: int) -> str:
        """Return the file name of a sample, 0..n-1."""
        return self._root.path(self._value("path", sample), sample)

    @property
    def labels(self) -> Column:
        """The class indexes: indexed by int64 ids it returns int64."""
        return Column(self, "label")

    @property
    def weights(self) -> Optional[Column]:
        """The sample weights, None if there is no such column."""
        return Column(self, "weight") if "weight" in self._table().names else None

    def fingerprint(self) -> str:
        """Return what tells this table from others: its size, its layout and 64 spots of it."""
        return self._fingerprint

    def values(self, column: str, ids: NDArray[np.int64]) -> NDArray[Any]:
        """Return labels or weights of rows, validated."""
        read = self._label if column == "label" else self._weight
        kind = np.int64 if column == "label" else np.float32
        return np.array([read(row) for row in ids.tolist()], kind)

    def __getstate__(self) -> Dict[str, Any]:
        # Classes that the file has need not be sent; of those that were given there is one copy.
        return {**vars(self), "_opened": None, "classes": None, "_index": None}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        vars(self).update(state)
        if _told_apart(self._path) != self._fingerprint:
            raise ValueError(f"{self._path} is not the file any more that this loader was made of")
        self.classes = self._table().classes if self._given is None else self._given
        self._index = {name: index for index, name in enumerate(self.classes)}

    def _table(self) -> _Table:
        if self._opened is None:
            self._opened = _Table(self._path)
        return self._opened

    def _label(self, row: int) -> int:
        value = self._value("label", row)
        if isinstance(value, int) and not self._numbered():
            if not 0 <= value < (len(self.classes) or value + 1):
                most = len(self.classes) - 1
                raise ValueError(f"label {value} in {self._row(row)} is not in 0..{most}")
            return value
        if value not in self._index:
            raise ValueError(
                f"label {value!r} in {self._row(row)} is not among the classes {list(self.classes)}"
            )
        return self._index[value]

    def _numbered(self) -> bool:
        """Tell whether whole numbers are names of classes, because all classes given are."""
        return bool(self._given) and all(isinstance(name, int) for name in self._given or ())

    def _weight(self, row: int) -> float:
        value = float(self._value("weight", row))
        if not np.isfinite(value):
            raise ValueError(f"the weight in {self._row(row)} is not finite")
        return value

    def _value(self, column: str, row: int) -> Any:
        value = self._table().value(column, row)
        if value is None:
            raise ValueError(f"{self._row(row)} has no {column}")
        return value

    def _row(self, row: int) -> str:
        return f"row {row} of {self._path}"


class Column:
    """A column of a manifest that is read when it is indexed."""

    def __init__(self, manifest: Manifest, name: str) -> None:
        self._manifest, self._name = manifest, name

    def __getitem__(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """Return the values of rows."""
        return self._manifest.values(self._name, ids)


class _Table:
    """An open Arrow file, whose record batches are looked up when they are needed."""

    def __init__(self, path: str) -> None:
        from pyarrow import ArrowInvalid, ipc, memory_map  # noqa: PLC0415 - an extra

        try:
            self._reader = ipc.open_file(memory_map(path))
        except ArrowInvalid as error:
            raise ValueError(f"{path} is no Arrow file: {error}") from error
        self._lock = threading.Lock()
        self._batches: Dict[int, Any] = {}
        schema = self._reader.schema
        self._refuse_compressed(path)
        check_columns(schema.names, path)
        self.names: List[str] = schema.names
        note = json.loads((schema.metadata or {}).get(KEY, b"{}"))
        self._ends = self._find_ends(note.get("rows"))
        self.classes, self.spelled = self._labels(path, schema.field("label").type, note)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._ends[-1] if self._ends else 0

    def value(self, column: str, row: int) -> Any:
        """Return the value of a row as a Python object."""
        number = bisect_right(self._ends, row)
        first = self._ends[number - 1] if number else 0
        return self._batch(number).column(self.names.index(column))[row - first].as_py()

    def _refuse_compressed(self, path: str) -> None:
        from pyarrow import total_allocated_bytes  # noqa: PLC0415 - an extra

        before = total_allocated_bytes()
        if self._reader.num_record_batches and self._batch(0) and total_allocated_bytes() > before:
            # What is mapped takes no memory; this would stay in it, row by row all of the table.
            raise ValueError(f"{path} is compressed: write it with compression='uncompressed'")

    def _batch(self, number: int) -> Any:
        with self._lock:
            if number not in self._batches:
                self._batches[number] = self._reader.get_batch(number)
            return self._batches[number]

    def _find_ends(self, rows: Optional[int]) -> List[int]:
        """Return where each record batch ends; `rows` is the size of all but the last, if known."""
        count = self._reader.num_record_batches
        if rows is None or not count:
            return list(accumulate(self._batch(number).num_rows for number in range(count)))
        full = [rows * number for number in range(1, count)]
        return [*full, rows * (count - 1) + self._batch(count - 1).num_rows]

    def _labels(self, path: str, kind: Any, note: Dict[str, Any]) -> Tuple[Tuple[Any, ...], bool]:
        """Return the classes, as far as the file has them, and whether labels are strings."""
        from pyarrow import types as kinds  # noqa: PLC0415 - an extra

        values = kind.value_type if kinds.is_dictionary(kind) else kind
        spelled = kinds.is_string(values) or kinds.is_large_string(values)
        if not spelled and not kinds.is_integer(values):
            raise ValueError(f"labels must be whole numbers or strings, not {kind}, in {path}")
        if kinds.is_dictionary(kind) and self._ends:
            column = self._batch(len(self._ends) - 1).column(self.names.index("label"))
            return tuple(column.dictionary.to_pylist()), spelled
        return tuple(range(note.get("classes", 0))), spelled


def _told_apart(path: str) -> str:
    """Return a digest of a file's size, its end, where the layout is written, and spots of it."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:  # noqa: PTH123 - a name, as it is kept
        size = os.fstat(file.fileno()).st_size
        digest.update(str(size).encode())
        for spot in range(_SPOTS):
            place = max(size - _SPOT, 0) * spot // (_SPOTS - 1)
            digest.update(os.pread(file.fileno(), _SPOT, place))
    return digest.hexdigest()[:32]
