"""The loaders that Keras itself ships, found where each release keeps them, built over samples."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
from typing import Any, Callable, Dict, Iterator, Optional

import numpy as np

from refloader.frameworks.installed import load

Build = Callable[..., Any]

#: Height and width of the samples' pictures, in pixels.
SIZE = (32, 32)


class Factory:
    """Builds one of these loaders; wherever it is sent, the framework is imported at once.

    build -- (keras, samples, batch_size, seed) -> loader
    """

    def __init__(self, build: Build) -> None:
        self.build = build

    def __call__(self, samples: Any, batch_size: int, seed: int) -> Any:
        """Return a loader over these samples."""
        return self.build(load(), samples, batch_size, seed)

    def __setstate__(self, state: Dict[str, Any]) -> None:
        # In the nursery, that is: not in each of the processes that it gives birth to.
        load()
        self.__dict__.update(state)


def found(keras: Any, place: str, name: str) -> Optional[Any]:
    """Return what a release calls `name` in its module `place`, None where it ships none."""
    homes = [_attribute(keras, place)]
    # Keras 3 keeps the old ones for those who come by way of tensorflow.keras.
    for package in (keras.__name__, "keras.src.legacy" if _chooses_backend(keras) else None):
        if package is not None:
            with contextlib.suppress(ImportError):
                homes.append(importlib.import_module(f"{package}.{place}"))
    return next((getattr(home, name) for home in homes if hasattr(home, name)), None)


def dataset_maker(keras: Any, name: str) -> Optional[Any]:
    """Return the function that makes data sets, of `utils` or of `preprocessing`."""
    homes = (found(keras, "utils", name), found(keras, "preprocessing", name))
    return next((maker for maker in homes if maker is not None), None)


def makes(maker: Any, form: str) -> bool:
    """Tell whether a maker of data sets has them in this form, "tf" or "grain"."""
    return form == "tf" or "format" in inspect.signature(maker).parameters


def timeseries(keras: Any, samples: Any, batch_size: int, _seed: int) -> Any:
    """Return windows of one step, so that each window is one sample."""
    return _windows(keras, samples, batch_size, shuffle=False)


def timeseries_shuffled(keras: Any, samples: Any, batch_size: int, _seed: int) -> Any:
    """Return the same, shuffled."""
    return _windows(keras, samples, batch_size, shuffle=True)


def _windows(keras: Any, samples: Any, batch_size: int, *, shuffle: bool) -> Any:
    x, y = samples.arrays
    # The target belongs to the step after its window: the last row is only there to have one.
    x, y = np.concatenate([x, x[:1]]), np.concatenate([[-1], y])
    maker: Any = found(keras, "preprocessing.sequence", "TimeseriesGenerator")
    return maker(x, y, length=1, batch_size=batch_size, shuffle=shuffle)


def flow(keras: Any, samples: Any, batch_size: int, seed: int) -> Any:
    """Return the iterator over pictures in memory, shuffled."""
    return _generator(keras).flow(samples.images, samples.arrays.y, batch_size, seed=seed)


def flow_from_directory(keras: Any, samples: Any, batch_size: int, seed: int) -> Any:
    """Return the iterator over a folder of each class, shuffled."""
    return _generator(keras).flow_from_directory(
        samples.directory, SIZE, class_mode="sparse", batch_size=batch_size, seed=seed
    )


def flow_from_dataframe(keras: Any, samples: Any, batch_size: int, seed: int) -> Any:
    """Return the iterator over a frame of paths and labels, shuffled."""
    frame = samples.frame.astype({"label": str})
    folder = samples.directory
    frame["path"] = [os.path.relpath(path, folder) for path in frame["path"]]
    return _generator(keras).flow_from_dataframe(
        frame,
        folder,
        x_col="path",
        y_col="label",
        classes=[str(name) for name in samples.classes],
        target_size=SIZE,
        batch_size=batch_size,
        seed=seed,
    )


def image_dataset(keras: Any, samples: Any, batch_size: int, seed: int) -> Any:
    """Return the data set of TensorFlow over a folder of each class, shuffled."""
    return _image_dataset(keras, samples, batch_size, seed)


def image_dataset_grain(keras: Any, samples: Any, batch_size: int, seed: int) -> Any:
    """Return the data set of Grain over a folder of each class, shuffled."""
    return _image_dataset(keras, samples, batch_size, seed, format="grain")


def timeseries_dataset(keras: Any, samples: Any, batch_size: int, seed: int) -> Any:
    """Return the data set of TensorFlow of windows of one step, shuffled."""
    return _timeseries_dataset(keras, samples, batch_size, seed)


def timeseries_dataset_grain(keras: Any, samples: Any, batch_size: int, seed: int) -> Any:
    """Return the data set of Grain of windows of one step, shuffled."""
    return _timeseries_dataset(keras, samples, batch_size, seed, format="grain")


def _generator(keras: Any) -> Any:
    maker: Any = found(keras, "preprocessing.image", "ImageDataGenerator")
    return maker()


def _image_dataset(
    keras: Any, samples: Any, batch_size: int, seed: int, **form: str
) -> Iterator[Any]:
    maker: Any = dataset_maker(keras, "image_dataset_from_directory")
    made = maker(
        samples.directory, image_size=SIZE, batch_size=batch_size, shuffle=True, seed=seed, **form
    )
    return _iterated(made)


def _timeseries_dataset(
    keras: Any, samples: Any, batch_size: int, seed: int, **form: str
) -> Iterator[Any]:
    maker: Any = dataset_maker(keras, "timeseries_dataset_from_array")
    # A series of one step is refused, whatever the windows: one more, of which none is asked for.
    x, y = (
        np.concatenate([part, np.zeros_like(part, shape=(1, *part.shape[1:]))])
        for part in samples.arrays
    )
    made = maker(
        x,
        y,
        sequence_length=1,
        end_index=len(samples),
        batch_size=batch_size,
        shuffle=True,
        seed=seed,
        **form,
    )
    return _iterated(made)


def _iterated(dataset: Any) -> Iterator[Any]:
    """Yield the batches of a data set again and again, as fit iterates over it in each epoch."""
    more = True
    while more:
        more = False
        for batch in dataset:
            more = True
            yield batch


def _chooses_backend(keras: Any) -> bool:
    return hasattr(keras, "ops")


def _attribute(module: Any, place: str) -> Any:
    for name in place.split("."):
        module = getattr(module, name, None)
    return module
