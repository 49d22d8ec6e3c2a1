"""What a loader costs from 10**3 to 10**9 samples, in one shard or eight: `python tests/quality/scaling.py`.

The manifests are Arrow files whose rows are holes of the disk: real files of full length, in which
every path is empty and every label 0. Each figure is of a process of its own; in the last table one
to three of them read their shards at once. Times are of the processor, so that neighbours on the
machine count for little. With --json the figures are written down as well.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

import click
import numpy as np
import pyarrow as pa
from pyarrow import ipc
from rich.console import Console
from rich.table import Table

from refloader import ImageLoader
from refloader.scale.table import KEY

SIZES = [10**exponent for exponent in range(3, 10)]
WORLDS = [1, 2, 3, 4, 8]
RANKS = [1, 2, 3]
BATCH_SIZE, BATCHES, ROUNDS = 32, 500, 5
ROWS = 2**24  # of a record batch
CLASSES = ["ant", "bee"]
#: As converted files say it, which so are opened without a look at every record batch.
NOTE = {KEY: json.dumps({"rows": ROWS, "classes": len(CLASSES)})}
SCHEMA = pa.schema([("path", pa.large_string()), ("label", pa.int8())], metadata=NOTE)


class Holes:
    """A file that is not written to where there are only zeros."""

    closed = False

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, content: Any) -> int:
        """Write, or leave a hole."""
        size = memoryview(content).nbytes
        if size > ROWS // 2 and not np.frombuffer(content, np.uint8).any():
            self._file.seek(size, os.SEEK_CUR)
            return size
        return self._file.write(content)

    def tell(self) -> int:
        """Return where it is."""
        return self._file.tell()

    def flush(self) -> None:
        """Do nothing: it is read only when it is closed."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def make(path: Path, rows: int) -> None:
    """Write a manifest of so many rows of which none takes room."""
    zeros = pa.py_buffer(np.zeros(8 * (ROWS + 1), np.uint8))
    sink = Holes(path)
    with ipc.new_file(pa.PythonFile(sink, mode="w"), SCHEMA) as writer:
        for first in range(0, rows, ROWS):
            count = min(ROWS, rows - first)
            columns = [
                pa.Array.from_buffers(pa.large_string(), count, [None, zeros, pa.py_buffer(b"")]),
                pa.Array.from_buffers(pa.int8(), count, [None, zeros]),
            ]
            writer.write_batch(pa.record_batch(columns, schema=SCHEMA))
    sink.close()


def measure(path: str, world: int, rank: Optional[int] = None) -> Dict[str, Any]:
    """Return what a shard's loader costs, in this process."""
    rank = world - 1 if rank is None else rank
    options: Dict[str, Any] = {"batch_size": BATCH_SIZE, "shuffle": True, "classes": CLASSES}
    ImageLoader(path, **options)  # what is imported at the first use is imported now
    built = [_timed(lambda: ImageLoader(path, shard=(rank, world), **options))]
    built += [_timed(lambda: ImageLoader(path, shard=(rank, world), **options)) for _ in range(4)]
    loader = ImageLoader(path, shard=(rank, world), **options)
    indexes = np.random.default_rng(0).integers(0, len(loader), BATCHES).tolist()
    ids: List[float] = []
    rows: List[float] = []
    before = resident("RssAnon")
    chosen = [loader.plan.batch(1, index) for index in indexes]
    for _ in range(ROUNDS):
        ids.append(_timed(lambda: [loader.plan.batch(1, index) for index in indexes]))
        rows.append(_timed(lambda: [_looked_up(loader, batch) for batch in chosen]))
    return {
        "n": loader.plan.n,
        "world": world,
        "build_ms": 1e3 * float(np.median(built)),
        "pickle_bytes": len(pickle.dumps(loader)),
        "ids_us": 1e6 * min(ids) / BATCHES,
        "rows_us": 1e6 * min(rows) / BATCHES,
        "grown_mb": (resident("RssAnon") - before) / 1024,
        "steps": len(loader),
    }


def _looked_up(loader: ImageLoader, ids: Any) -> None:
    files = loader._reader.files
    for sample in ids.tolist():
        files.path(sample)
    _ = files.labels[ids]


def _timed(what: Any) -> float:
    start = time.process_time()
    what()
    return time.process_time() - start


def resident(kind: str) -> int:
    """Return the memory of this process that is its own and no file's, in KB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(kind))


def elsewhere(path: str, world: int, rank: int) -> Any:
    """Start a process that measures and prints it."""
    command = [sys.executable, __file__, "--one", path, str(world), str(rank)]
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root})


def answers(processes: List[Any]) -> List[Dict[str, Any]]:
    """Return what processes print, when all have ended."""
    printed = [process.communicate(timeout=600)[0] for process in processes]
    return [json.loads(text) for text in printed]


COLUMNS = {
    "n": ("samples", "{:,.0f}"),
    "world": ("shards", "{}"),
    "steps": ("steps", "{:,}"),
    "build_ms": ("build, ms", "{:.2f}"),
    "pickle_bytes": ("pickle, bytes", "{:,}"),
    "ids_us": ("a batch's ids, µs", "{:.0f}"),
    "rows_us": ("its paths and labels, µs", "{:.0f}"),
    "grown_mb": ("memory grown, MB", "{:.1f}"),
}


def table(title: str, rows: List[Dict[str, Any]]) -> Table:
    """Lay out the figures."""
    laid = Table(title=title)
    for heading, _ in COLUMNS.values():
        laid.add_column(heading, justify="right")
    for row in rows:
        laid.add_row(*(form.format(row[name]) for name, (_, form) in COLUMNS.items()))
    return laid


@click.command()
@click.option("--json", "file", type=click.Path(dir_okay=False), help="Write the figures down.")
@click.option("--most", type=int, default=SIZES[-1], help="The largest number of samples.")
@click.option("--one", nargs=3, hidden=True)
def main(file: Optional[str], most: int, one: Any) -> None:
    """Print what a loader costs at each size, each in a process of its own."""
    if one:
        path, world, rank = one
        sys.stdout.write(json.dumps(measure(path, int(world), int(rank))))
        return
    sizes = [size for size in SIZES if size <= most]
    with tempfile.TemporaryDirectory() as folder:
        paths = {size: Path(folder) / f"{size}.arrow" for size in sizes}
        for size, path in paths.items():
            make(path, size)
        largest = str(paths[sizes[-1]])
        by_size = [answers([elsewhere(str(path), 1, 0)])[0] for path in paths.values()]
        by_world = [answers([elsewhere(largest, world, world - 1)])[0] for world in WORLDS]
        together = [
            row
            for world in RANKS
            for row in answers([elsewhere(largest, world, rank) for rank in range(world)])
        ]
    console = Console(width=120)
    console.print(table("One shard, by the number of samples", by_size))
    console.print(table("The last shard, by the number of shards", by_world))
    console.print(table("As many processes at once, each its shard", together))
    if file:
        result = {"samples": by_size, "shards": by_world, "processes": together}
        Path(file).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
