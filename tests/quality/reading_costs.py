"""Prints where the processor time of an image goes, stage by stage, and what the loader adds.

python tests/quality/reading_costs.py --folder FOLDER      in which the files are kept
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple

import click
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from refloader.bench.corpora import CORPORA, Corpus, make
from refloader.loading import ImageLoader
from refloader.loading.images import Transform, _decode, _fitted, _open, read_image, scale

ROUNDS = 7
COUNTS = {"small": 1280, "middle": 192, "large": 32}


class Way(NamedTuple):
    """What is done to a file: the stages on the way, each with all before it, and the loader."""

    stages: Dict[str, Callable[[str], Any]]
    loader: Any


def way(root: Path, corpus: Corpus, how: Transform) -> Way:
    """Return what reading costs of one corpus are made of."""
    row = np.empty((*corpus.image_size, how.channels), np.uint8)
    floats = np.empty(row.shape, np.float32)

    def opened(path: str) -> Any:
        return _open(path)

    def parsed(path: str) -> None:
        with Image.open(_open(path)):
            pass

    def decoded(path: str) -> Any:
        return _decode(_open(path), max(corpus.image_size), how)

    def fitted(path: str) -> None:
        _fitted(*decoded(path), *corpus.image_size[::-1], how)

    def scaled(path: str) -> None:
        read_image(path, row, how)
        scale(row, floats)

    loader = ImageLoader.from_directory(
        str(root), image_size=corpus.image_size, resample=how.resample, decoder=how.decoder
    )
    stages = {
        "read the file": opened,
        "parse its header": parsed,
        "decode": decoded,
        "resize": fitted,
        "into the row, to floats": scaled,
    }
    return Way(stages, loader)


def milliseconds(work: Callable[[], Any], images: int) -> float:
    """Return the processor time of an image."""
    start = time.process_time()
    work()
    return (time.process_time() - start) / images * 1000


def costs(one: Way, paths: List[str]) -> Dict[str, float]:
    """Return the least of several rounds, in which the stages take turns."""
    works: Dict[str, Callable[[], Any]] = {
        name: lambda stage=stage: [stage(path) for path in paths]  # type: ignore[misc]
        for name, stage in one.stages.items()
    }
    works["the loader's batches"] = lambda: [len(batch[0]) for batch in one.loader]
    rounds = [
        {name: milliseconds(work, len(paths)) for name, work in works.items()}
        for _ in range(ROUNDS)
    ]
    return {name: min(figures[name] for figures in rounds) for name in works}


def table(title: str, found: Dict[str, float]) -> Table:
    """Return the costs of an image: in all up to a stage, and of that stage alone."""
    view = Table("up to", "ms in all", "ms of this", title=title)
    before = 0.0
    for name, cost in found.items():
        view.add_row(name, f"{cost:.3f}", f"{cost - before:+.3f}")
        before = cost
    *_, bare, loader = found.values()
    view.caption = f"the loader adds {loader / bare - 1:+.1%} to the bare work"
    return view


@click.command()
@click.option("--folder", type=click.Path(file_okay=False), help="Keep the files, and find them.")
def main(folder: str) -> None:
    """Print a table for each corpus, and for plain bilinear with the turbo decoder."""
    console = Console(width=80)
    with tempfile.TemporaryDirectory() as temporary:
        for name, count in COUNTS.items():
            root = make(Path(folder or temporary), name, count)
            paths = sorted(map(str, root.glob("*/*")))
            for how in (Transform(), Transform(resample="bilinear", decoder="turbo")):
                title = f"{name}: {how.decoder}, {how.resample}"
                console.print(table(title, costs(way(root, CORPORA[name], how), paths)))


if __name__ == "__main__":
    main()
