"""The seed's own table, measured anew: how long MobileNetV2 trains with each way of loading."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
from rich.table import Table

from refloader.bench import corpora
from refloader.bench.keras_reading import tutorial_sequence
from refloader.bench.rounds import machine
from refloader.frameworks.installed import load

BATCH = 32
WAYS = ("memory", "Sequence, workers=0", "Sequence, 4 processes", "refloader")
FULL = {"images": 1000, "epochs": 5, "side": 224}
QUICK = {"images": 128, "epochs": 2, "side": 96}


def run(root: Path, *, quick: bool, tell: Callable[[str], None]) -> Dict[str, Any]:
    """Train once by each way, in a process of its own, and return the seconds of each epoch."""
    settings = QUICK if quick else FULL
    tell("writing images")
    files = corpora.make(root, "middle", settings["images"])
    seconds = {}
    for way in WAYS:
        tell(f"training by {way}")
        command = [sys.executable, "-m", __name__, way, str(files), json.dumps(settings)]
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(  # noqa: S603 - this interpreter and no shell
            command, check=True, stdout=subprocess.PIPE, env={**os.environ, **environment}
        )
        seconds[way] = json.loads(done.stdout.decode().strip().splitlines()[-1])
    return {"machine": machine(), "settings": settings, "seconds": seconds}


def table(result: Dict[str, Any]) -> Table:
    """Return the table: what is longer than training from memory is waiting for data."""
    epochs = result["settings"]["epochs"]
    view = Table(
        title="MobileNetV2, {images} images of {side}x{side}, {epochs} epochs".format(
            **result["settings"]
        ),
        title_justify="left",
    )
    view.add_column("loading")
    for name in ("in all, s", "before the first epoch, s", "training, s", "waiting for data, s"):
        view.add_column(name, justify="right")
    training = sum(result["seconds"]["memory"]["epochs"])
    for way, seconds in result["seconds"].items():
        total = sum(seconds["epochs"])
        figures = (total + seconds["before"], seconds["before"], training, total - training)
        view.add_row(way, *(f"{figure:.1f}" for figure in figures))
    view.caption = f"Waiting is what {epochs} epochs take longer than from memory."
    return view


def train(way: str, root: Path, settings: Dict[str, int]) -> Dict[str, Any]:
    """Train in this process; return the seconds before the first epoch and of each."""
    keras = load()
    size = (settings["side"], settings["side"])
    model = keras.applications.MobileNetV2(
        input_shape=(*size, 3), weights=None, classes=corpora.CLASSES
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.train_on_batch(np.zeros((BATCH, *size, 3), "float32"), np.zeros(BATCH))  # it is built now
    stamps: List[float] = [time.perf_counter()]

    class Stamps(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_begin(self, _epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            if len(stamps) == 1:
                stamps.append(time.perf_counter())

        def on_epoch_end(self, _epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            stamps.append(time.perf_counter())

    data, options = _data(way, root, size, model)
    callbacks = [Stamps()]
    model.fit(*data, epochs=settings["epochs"], callbacks=callbacks, verbose=0, **options)
    return {"before": stamps[1] - stamps[0], "epochs": np.diff(stamps[1:]).tolist()}


def _data(way: str, root: Path, size: Any, model: Any) -> Any:
    from refloader.loading import ImageLoader  # noqa: PLC0415 - workers of others import this too

    loader = ImageLoader.from_directory(
        str(root), image_size=size, batch_size=BATCH, shuffle=True, workers=2
    )
    if way == "memory":
        return loader.arrays(), {"batch_size": BATCH}
    if way == "refloader":
        return (loader,), {}
    paths = sorted(str(path) for path in root.glob("*/*"))
    labels = [int(Path(path).parent.name[len("class") :]) for path in paths]
    sequence = tutorial_sequence(paths, labels, size, BATCH)
    workers = {"workers": 4 if "4" in way else 0, "use_multiprocessing": "4" in way}
    if "workers" in type(model).fit.__code__.co_varnames:
        return (sequence,), workers
    vars(sequence).update(workers)
    return (sequence,), {}


if __name__ == "__main__":
    figures = train(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
    sys.stdout.write(json.dumps(figures) + "\n")
