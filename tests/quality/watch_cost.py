"""Prints what watching costs: the processor time of reading image files, watched and alone, in turn."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

import refloader

FILES, ROUNDS, EPOCHS = 256, 7, 3


def made(folder: Path) -> Any:
    """Return a loader over JPEG files of 504 by 376 pixels."""
    random = np.random.RandomState(0)
    paths = [str(folder / f"{number}.jpg") for number in range(FILES)]
    for path in paths:
        pixels = np.kron(random.randint(0, 255, (47, 63, 3)), np.ones((8, 8, 1)))
        Image.fromarray(pixels.astype("uint8")).save(path)
    frame = pd.DataFrame({"path": paths, "label": [number % 3 for number in range(FILES)]})
    return refloader.ImageLoader(frame, image_size=(224, 224), batch_size=32)


def seconds(loader: Any) -> float:
    """Return the processor time of a few epochs."""
    start = time.process_time()
    for _ in range(EPOCHS):
        for index in range(len(loader)):
            loader[index]
        loader.on_epoch_end()
    return time.process_time() - start


def main() -> None:
    """Print the median ratio, and the spread."""
    with tempfile.TemporaryDirectory() as folder:
        loader = made(Path(folder))
        seconds(loader)
        ratios = []
        for _ in range(ROUNDS):
            alone = seconds(loader)
            with refloader.watch(loader, n=FILES) as watched:
                ratios.append(seconds(watched) / alone)
    low, high = min(ratios), max(ratios)
    print(f"watched / alone: {statistics.median(ratios):.3f} ({low:.3f} to {high:.3f})")  # noqa: T201


if __name__ == "__main__":
    main()
