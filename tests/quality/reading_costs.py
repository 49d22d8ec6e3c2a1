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
from refloader.decoding.images import Transform, _decode, _fitted, _open, read_image, scale
from refloader.loading import ImageLoader

ROUNDS = 21
COUNTS = {"small": 640, "middle": 96, "large": 16}


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


def rounds(one: Way, paths: List[str]) -> List[Dict[str, float]]:
    """Return what an image costs up to each stage, in several rounds in which these take turns."""
    works: Dict[str, Callable[[], Any]] = {
        name: lambda stage=stage: [stage(path) for path in paths]  # type: ignore[misc]
        for name, stage in one.stages.items()
    }
    works["the loader's batches"] = lambda: [len(batch[0]) for batch in one.loader]
    return [
        {name: milliseconds(work, len(paths)) for name, work in works.items()}
        for _ in range(ROUNDS)
    ]


def table(title: str, found: List[Dict[str, float]]) -> Table:
    """Return the costs of an image: in all up to a stage, and of that stage alone.

    The least of all rounds is what a stage costs. What the loader adds is compared within each, one
    right after the other, as the machine's speed changes from round to round.
    """
    view = Table("up to", "ms in all", "ms of this", title=title)
    before = 0.0
    for name in found[0]:
        cost = min(figures[name] for figures in found)
        view.add_row(name, f"{cost:.3f}", f"{cost - before:+.3f}")
        before = cost
    low, middle, high = np.percentile([_added(figures) for figures in found], (25, 50, 75))
    view.caption = f"the loader adds {middle:+.1%} to the bare work ({low:+.1%} to {high:+.1%})"
    return view


def _added(figures: Dict[str, float]) -> float:
    *_, bare, loader = figures.values()
    return loader / bare - 1


@click.command()
@click.option("--folder", type=click.Path(file_okay=False), help="Keep the files, and find them.")
def main(folder: str) -> None:
    """Print a table for each corpus, and for plain bilinear with the turbo decoder."""
    console = Console(width=100)
    with tempfile.TemporaryDirectory() as temporary:
        for name, count in COUNTS.items():
            root = make(Path(folder or temporary), name, count)
            paths = sorted(map(str, root.glob("*/*")))
            for how in (Transform(), Transform(resample="bilinear", decoder="turbo")):
                title = f"{name}: {how.decoder}, {how.resample}"
                console.print(table(title, rounds(way(root, CORPORA[name], how), paths)))


if __name__ == "__main__":
    main()
