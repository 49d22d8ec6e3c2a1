"""The image files that loaders are timed on: small PNG, middle-sized and large JPEG."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, NamedTuple, Tuple

import numpy as np
from PIL import Image

CLASSES = 10


class Corpus(NamedTuple):
    """A set of files and how it is loaded.

    :param files: how many there are.
    :param quick: how many of them a quick run takes.
    :param size: (width, height) of a picture.
    :param suffix: "jpg" or "png".
    :param image_size: (height, width) of what is delivered.
    :param grain: how strong the noise is, which makes the files as large as photographs are.
    """

    files: int
    quick: int
    size: Tuple[int, int]
    suffix: str
    image_size: Tuple[int, int]
    grain: float


CORPORA: Dict[str, Corpus] = {
    "small": Corpus(5000, 1280, (32, 32), "png", (32, 32), 6),
    "middle": Corpus(2000, 320, (500, 375), "jpg", (224, 224), 8),
    "large": Corpus(128, 64, (4000, 3000), "jpg", (224, 224), 4),
}


def make(folder: Path, name: str, count: int) -> Path:
    """Write the first files of a corpus, those that are not there yet, into class folders.

    :returns: the folder that holds the class folders.
    """
    corpus = CORPORA[name]
    root = folder / f"{name}-{count}"
    for number in range(count):
        path = root / f"class{number % CLASSES}" / f"{number:05d}.{corpus.suffix}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _picture(number, corpus).save(path, quality=90)
    return root


def _picture(number: int, corpus: Corpus) -> Image.Image:
    """Return shapes at three scales under film grain."""
    rng = np.random.Generator(np.random.PCG64(number))
    size = width, height = corpus.size
    picture = np.zeros((height, width, 3), np.float32)
    bilinear = getattr(Image, "Resampling", Image).BILINEAR
    for cells, strength in ((4, 160), (24, 60), (120, 30)):
        grid = (rng.random((cells * 3 // 4, cells, 3)) * strength).astype(np.uint8)
        picture += np.asarray(Image.fromarray(grid).resize(size, bilinear), np.float32)
    picture += rng.normal(0, corpus.grain, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
