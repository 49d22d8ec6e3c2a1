"""Turn a CSV or Parquet manifest into an Arrow file beside it, once, in pieces."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Iterator, List, Optional, Tuple

import pyarrow as pa
from pyarrow import compute, csv, ipc, parquet
from pyarrow import types as kinds

from refloader.scale.table import KEY, ROWS, check_columns


def converted(source: Path) -> Path:
    """Return the Arrow file of a table, `NAME.csv.arrow`; it is made if it is not there.

    Labels that are strings are numbered in sorted order, as those of a frame are.

    :raises ValueError: if the table has changed since, or a value of it is missing.
    """
    target = source.with_name(source.name + ".arrow")
    status = source.stat()
    stamp = {"size": status.st_size, "time": status.st_mtime_ns}
    if not target.exists():
        _convert(source, target, stamp)
    metadata = ipc.open_file(pa.memory_map(str(target))).schema.metadata or {}
    made_of = json.loads(metadata.get(KEY, b"{}"))
    if {name: made_of.get(name) for name in stamp} != stamp:
        raise ValueError(f"{target} was not made of {source} as it is now: remove it")
    return target


def _convert(source: Path, target: Path, stamp: Any) -> None:
    names, label = _survey(source)
    number, new = tempfile.mkstemp(prefix=target.name, dir=str(target.parent))
    try:
        with os.fdopen(number, "wb") as sink:
            _write(source, sink, names, label, stamp)
        Path(new).replace(target)
    except BaseException:
        Path(new).unlink()
        raise


def _survey(source: Path) -> Tuple[List[str], Any]:
    """Return the columns to take, and the classes in order or how many there are."""
    found: Any = None
    most = -1
    names: Optional[List[str]] = None
    for piece in _pieces(source):
        if names is None:
            check_columns(piece.schema.names, source)
            names = [name for name in ("path", "label", "weight") if name in piece.schema.names]
        labels = piece.column("label")
        if kinds.is_integer(labels.type):
            most = max(most, compute.max(labels).as_py() or 0)
        else:
            here = set(compute.unique(labels.cast(pa.string())).to_pylist())
            found = here if found is None else found | here
    if names is None:
        raise ValueError(f"{source} has no rows")
    return names, most + 1 if found is None else sorted(found - {None})


def _write(source: Path, sink: Any, names: List[str], label: Any, stamp: Any) -> None:
    counted = isinstance(label, int)
    kind = pa.int64() if counted else pa.dictionary(pa.int32(), pa.string())
    types = {"path": pa.string(), "label": kind, "weight": pa.float32()}
    note = json.dumps({**stamp, "classes": label if counted else len(label), "rows": ROWS})
    fields = [(name, types[name]) for name in names]
    schema = pa.schema(fields, metadata={KEY: note.encode()})
    with ipc.new_file(sink, schema) as writer:
        for piece in _even(_typed(source, schema, label)):
            writer.write_batch(piece)


def _typed(source: Path, schema: Any, classes: Any) -> Iterator[Any]:
    row = 0
    for piece in _pieces(source):
        for name in schema.names:
            _complete(source, piece, name, row)
        columns = [_cast(piece.column(field.name), field.type, classes) for field in schema]
        yield pa.record_batch(columns, schema=schema)
        row += piece.num_rows


def _even(pieces: Iterator[Any]) -> Iterator[Any]:
    """Yield the same rows in pieces of a fixed size, so that a row is found without a search."""
    held: List[Any] = []
    rows = 0
    for piece in pieces:
        rest = piece
        while rows + rest.num_rows >= ROWS:
            yield _joined([*held, rest.slice(0, ROWS - rows)])
            rest, held, rows = rest.slice(ROWS - rows), [], 0
        held.append(rest)
        rows += rest.num_rows
    if rows:
        yield _joined(held)


def _joined(pieces: List[Any]) -> Any:
    return pa.Table.from_batches(pieces).combine_chunks().to_batches()[0]


def _complete(source: Path, piece: Any, name: str, first: int) -> None:
    missing = piece.column(name).is_null()
    row = compute.index(missing, value=True).as_py()
    if row >= 0:
        raise ValueError(f"row {first + row} of {source} has no {name}")


def _cast(column: Any, kind: Any, classes: Any) -> Any:
    if not kinds.is_dictionary(kind):
        return column.cast(kind)
    known = pa.array(classes, pa.string())
    return pa.DictionaryArray.from_arrays(compute.index_in(column.cast(pa.string()), known), known)


def _pieces(source: Path) -> Iterator[Any]:
    """Yield record batches, in order, that are small enough to be in memory."""
    if source.suffix == ".parquet":
        with parquet.ParquetFile(source) as file:
            yield from file.iter_batches(ROWS)
        return
    # Types are guessed from the first piece; of paths and weights they are known.
    types = {"path": pa.string(), "weight": pa.float64()}
    convert = csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    read = csv.ReadOptions(block_size=2**24)
    with csv.open_csv(source, read_options=read, convert_options=convert) as file:
        yield from file
