"""Every Keras that is installed fits on the reference loaders, in every way that it has."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from refloader.frameworks.bases import AnySequence, order_of, sequence_classes
from refloader.frameworks.feeding import dataset_has_workers, fewest_workers
from refloader.frameworks.spelling import steps_needed, takes
from refloader.loading import ArrayLoader, ImageLoader
from refloader.loading.loader import Loader

N, BATCH_SIZE, STEPS = 7, 2, 4
WORKERS = [(0, False), (2, False), (2, True)]


def flavours() -> Dict[str, Any]:
    """Return the different Kerases of this environment by the name that imports them."""
    found: Dict[str, Any] = {}
    for name in ("keras", "tf_keras", "tensorflow"):
        if importlib.util.find_spec(name) is not None:
            module = importlib.import_module(name)
            # TensorFlow's is an attribute; its "keras" package alone may be only a part of it.
            keras = module.keras if name == "tensorflow" else module
            found[name] = keras
    # Keras before 2.0.5 has none, and takes no loader but generators: those are test_contract's.
    different = {
        vars(keras.utils)["Sequence"]: keras
        for keras in found.values()
        if hasattr(keras.utils, "Sequence")
    }
    return {name: keras for name, keras in found.items() if keras in different.values()}


FLAVOURS = flavours()


@pytest.fixture(name="keras", params=sorted(FLAVOURS))
def chosen(request: pytest.FixtureRequest) -> Any:
    """Return one Keras after the other."""
    return FLAVOURS[request.param]


@pytest.fixture(name="loader", params=["arrays", "threads", "processes"])
def make_loader(request: pytest.FixtureRequest, tmp_path: Path) -> Loader:
    """Return a loader of 4 batches of 8x8 images, from memory, and from files by own workers."""
    labels = np.arange(N) % 2
    if request.param == "arrays":
        x = np.ones((N, 8, 8, 3), "float32")
        return ArrayLoader(x, labels, batch_size=BATCH_SIZE, shuffle=True)
    paths = [tmp_path / f"{sample}.jpg" for sample in range(N)]
    for sample, path in enumerate(paths):
        Image.new("RGB", (20, 12), (sample * 9, 80, 40)).save(path)
    frame = pd.DataFrame({"path": [str(path) for path in paths], "label": labels})
    own = {"workers": 2, "worker_type": request.param, "cache": str(tmp_path / "cache")}
    return ImageLoader(frame, image_size=(8, 8), batch_size=BATCH_SIZE, shuffle=True, **own)


# TensorFlow 1 keeps its session for the main thread alone. A forked worker drops what is another
# thread's, and would close it, waiting for threads that a fork does not have.
HELD: List[Any] = []


def model_of(keras: Any) -> Any:
    """Return the smallest model that takes the images."""
    layers = keras.layers
    if hasattr(keras.backend, "get_session"):
        HELD.append(keras.backend.get_session())
    model = keras.models.Sequential([layers.Flatten(input_shape=(8, 8, 3)), layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model


def counter(keras: Any) -> Any:
    """Return a callback that counts the training steps of each epoch."""

    class Counter(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.steps: List[int] = []

        def on_epoch_begin(self, _epoch: int, logs: Any = None) -> None:
            self.steps.append(0)

        def on_batch_end(self, _batch: int, logs: Any = None) -> None:
            self.steps[-1] += 1

    return Counter()


def fit_steps(keras: Any, *data: Any, **options: Any) -> List[int]:
    """Fit, with fit_generator if that is said and there, and return the steps of each epoch."""
    model, count = model_of(keras), counter(keras)
    usual = "fit" if len(data) > 1 or fit_takes_loaders(keras) else "fit_generator"
    method = getattr(model, options.pop("method", usual), model.fit)
    options.update({name: len(data[0]) for name in steps_needed(method) if name not in options})
    method(*data, verbose=0, callbacks=[count], **options)
    found: List[int] = count.steps
    return found


def fit_takes_loaders(keras: Any) -> bool:
    """Say whether fit has what fit_generator had for them, or has replaced it."""
    return dataset_has_workers(keras) or takes(keras.models.Model.fit, "workers")


def fit_on(
    keras: Any, loader: AnySequence, workers: int, *, epochs: int, processes: bool = False
) -> List[int]:
    """Fit with so many workers, or the fewest that there can be; return the steps of each epoch."""
    workers = max(workers, fewest_workers(keras))
    options: Dict[str, Any] = {"workers": workers, "use_multiprocessing": processes}
    if dataset_has_workers(keras):
        vars(loader).update(options)
        options = {}
    return fit_steps(keras, loader, epochs=epochs, **options)


def test_loader_is_an_instance_of_every_flavour(loader: Loader) -> None:
    """With several Kerases loaded, the loader is a Sequence of each of them."""
    classes = [
        getattr(keras.utils, name)
        for keras in FLAVOURS.values()
        for name in ("Sequence", "PyDataset")
        if hasattr(keras.utils, name)
    ]

    assert [] == [cls for cls in classes if not isinstance(loader, cls)]
    assert set(classes) <= set(sequence_classes())


@pytest.mark.parametrize(("workers", "processes"), WORKERS)
def test_fits_on_the_loader(keras: Any, loader: Loader, workers: int, processes: bool) -> None:  # noqa: FBT001
    """An epoch on the loader is len(loader) steps, with or without workers."""
    assert [STEPS] == fit_on(keras, loader, workers, processes=processes, epochs=1)


@pytest.mark.parametrize("workers", [0, 1])
def test_fits_several_epochs_on_the_loader(keras: Any, loader: Loader, workers: int) -> None:
    """Each epoch has the same number of steps, the first and the last, also without a worker."""
    assert [STEPS] * 3 == fit_on(keras, loader, workers, epochs=3)


def test_order_that_fit_has_shuffled_is_known(keras: Any) -> None:
    """Where the one who asks for a batch holds a list of all indexes, that is what `order_of` finds."""
    held, known = [], []

    class Asked(AnySequence):
        def __len__(self) -> int:
            return STEPS

        def __getitem__(self, index: int) -> Any:
            caller = sys._getframe(1)
            mine = [value for value in caller.f_locals.values() if shuffled(value)]
            held.extend(mine[:1])
            known.extend([order_of(caller, STEPS)] if mine else [])
            return np.ones((2, 8, 8, 3), "float32"), np.zeros(2)

    assert [STEPS] * 2 == fit_on(keras, Asked(), 1, epochs=2)
    assert held == known


def shuffled(value: Any) -> bool:
    """Say whether it is a list of the indexes of all batches."""
    return isinstance(value, list) and len(value) == STEPS and set(value) == set(range(STEPS))


def test_fits_on_the_generator(keras: Any, loader: Loader) -> None:
    """fit_generator where there is one, fit elsewhere, runs steps_per_epoch on the stream."""
    options = {"method": "fit_generator", "steps_per_epoch": len(loader), "epochs": 2}

    assert [STEPS] * 2 == fit_steps(keras, loader.generator(), **options)


def test_fits_on_the_arrays(keras: Any, loader: Loader) -> None:
    """The whole data set in memory trains as arrays do."""
    assert [STEPS] == fit_steps(keras, *loader.arrays(), batch_size=BATCH_SIZE, epochs=1)


if importlib.util.find_spec("tensorflow") is not None:

    def resized_by_tensorflow(pixels: Any, height: int, width: int) -> Any:
        """Return what TensorFlow's resize makes of an image, in floats of 0..255."""
        tensorflow = importlib.import_module("tensorflow")
        with tensorflow.Graph().as_default(), tensorflow.compat.v1.Session() as session:
            return session.run(tensorflow.compat.v2.image.resize(pixels, (height, width)))

    @pytest.mark.parametrize("size", [(224, 224), (60, 40), (31, 300), (97, 131)])
    def test_bilinear_is_as_tensorflow_resizes(size: Any, tmp_path: Path) -> None:
        """With resample="bilinear" each value is within one grey level of tf.image.resize."""
        pixels = np.random.RandomState(1).randint(0, 256, (97, 131, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "noise.png")
        frame = pd.DataFrame({"path": [str(tmp_path / "noise.png")], "label": [0]})
        loader = ImageLoader(frame, image_size=size, resample="bilinear", dtype="uint8")

        assert np.abs(loader[0][0][0] - resized_by_tensorflow(pixels, *size)).max() <= 1


def test_pickle_needs_no_framework(loader: Loader, tmp_path: Path) -> None:
    """A pickle made while Keras is loaded is read by an interpreter that never imports one."""
    (tmp_path / "loader").write_bytes(pickle.dumps(loader))
    code = (
        "import pickle, sys; loader = pickle.load(open('loader', 'rb')); batches = list(loader);"
        "print(len(batches), {'keras', 'tf_keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=str(tmp_path),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        check=True,
    )

    assert b"4 set()" == done.stdout.strip()
