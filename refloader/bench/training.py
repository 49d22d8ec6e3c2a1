"""The seed's own table, measured anew: how long MobileNetV2 trains with each way of loading."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator

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
    """Train by each way in a process of its own, and return the seconds of each epoch.

    The processes take turns, an epoch each: whatever else the machine does, it does to all of them.
    """
    settings = QUICK if quick else FULL
    tell("writing images")
    files = corpora.make(root, "middle", settings["images"])
    with contextlib.ExitStack() as stack:
        runs: Dict[str, Any] = {}
        seconds: Dict[str, Any] = {}
        for way in WAYS:
            tell(f"loading and building: {way}")
            runs[way] = stack.enter_context(_started(way, files, settings))
            seconds[way] = {"before": _told(way, runs[way]), "epochs": []}
        for number in range(settings["epochs"]):
            for way, process in runs.items():
                tell(f"epoch {number + 1} of {settings['epochs']}: {way}")
                process.stdin.write("next\n")
                process.stdin.flush()
                seconds[way]["epochs"].append(_told(way, process))
    return {"machine": machine(), "settings": settings, "seconds": seconds}


@contextlib.contextmanager
def _started(way: str, files: Path, settings: Dict[str, int]) -> Iterator[Any]:
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(  # noqa: S603 - this interpreter and no shell
        [sys.executable, "-m", __name__, way, str(files), json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment},
        encoding="utf-8",
        # The workers of a Sequence are its children, and may not end by themselves.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _told(way: str, process: Any) -> float:
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(
            f"training by {way!r} broke off with exit code {process.wait()}: see above"
        )
    return float(line)


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


def train(way: str, root: Path, settings: Dict[str, int], tell: Callable[[float], None]) -> None:
    """Train in this process; tell the seconds before the first epoch, and of each when it has ended.

    An epoch begins when a line comes in.
    """
    keras = load()
    size = (settings["side"], settings["side"])
    model = keras.applications.MobileNetV2(
        input_shape=(*size, 3), weights=None, classes=corpora.CLASSES
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.train_on_batch(np.zeros((BATCH, *size, 3), "float32"), np.zeros(BATCH))  # it is built now

    class Turns(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        begun = time.perf_counter()

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            if epoch == 0:
                tell(time.perf_counter() - self.begun)
            sys.stdin.readline()
            self.begun = time.perf_counter()

        def on_epoch_end(self, _epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            tell(time.perf_counter() - self.begun)

    turns = Turns()
    data, options = _data(way, root, size, model)
    model.fit(*data, epochs=settings["epochs"], callbacks=[turns], verbose=0, **options)


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


def main(way: str, root: str, settings: str) -> None:
    """Train, and print a figure a line."""
    # What a library says goes to the other stream: the answers are the only thing on this one.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    train(way, Path(root), json.loads(settings), lambda one: print(one, file=answer, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
