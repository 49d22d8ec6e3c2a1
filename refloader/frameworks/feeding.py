"""The ways in which the installed Keras can be fed from a loader."""

from __future__ import annotations

import dataclasses
import inspect
import multiprocessing
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Dict, List

import numpy as np

from refloader.errors import UsageError
from refloader.frameworks.installed import load
from refloader.frameworks.recorder import Recorder
from refloader.frameworks.spelling import takes
from refloader.frameworks.stepping import stepping_model

#: What a loader can be: indexable, a generator or other iterator, or a tuple of arrays.
KINDS = ("sequence", "generator", "arrays")

#: Each path, and the method of the model that it runs.
METHODS: Dict[str, str] = {
    "fit": "fit",
    "fit_generator": "fit_generator",
    "validation": "fit",
    "evaluate": "evaluate",
    "evaluate_generator": "evaluate_generator",
    "predict": "predict",
    "predict_generator": "predict_generator",
}


@dataclass(frozen=True)
class Feeding:
    """One way of feeding a model: the path, how many workers read, and whether as processes.

    start -- how the processes are started, "" for the way of the platform
    """

    path: str
    workers: int
    processes: bool
    start: str = ""

    @property
    def label(self) -> str:
        """The feeding in words, such as "fit, 2 worker processes"."""
        if not self.workers:
            return self.path
        unit = "process" if self.processes else "thread"
        ending = "" if self.workers == 1 else "es" if self.processes else "s"
        started = f", {self.start}" if self.start else ""
        return f"{self.path}, {self.workers} worker {unit}{ending}{started}"


def feedings(kind: str) -> List[Feeding]:
    """Return every feeding that the installed Keras has for a loader of that kind.

    Raises UsageError for an unknown kind, ImportError where no Keras is installed.
    """
    if kind not in KINDS:
        raise UsageError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
    keras = load()
    return [
        feeding
        for path in METHODS
        if _has(keras, path, kind)
        for feeding in _feedings(keras, path, kind)
    ]


def fits(kind: str) -> List[Feeding]:
    """Return the feedings that train, each once: by fit, or by fit_generator where fit takes none."""
    found = feedings(kind)
    path = next((one.path for one in found if one.path.startswith("fit")), None)
    return [one for one in found if one.path == path]


def started_feedings(kind: str) -> List[Feeding]:
    """Return fit with two worker processes, for each other way of starting them that there is."""
    others = [name for name in multiprocessing.get_all_start_methods() if name != "fork"]
    forked = [one for one in fits(kind) if one.processes]
    return [dataclasses.replace(fit, start=name) for fit in forked for name in others]


def dataset_has_workers(keras: Any) -> bool:
    """Tell whether workers belong to the data set, as since Keras 3, and not to the call."""
    return hasattr(keras.utils, "PyDataset")


def sequence_base(keras: Any) -> Any:
    """Return the class that indexable loaders of a Keras derive from, None before there was one."""
    homes = (keras.utils, sys.modules.get(f"{keras.__name__}.utils.data_utils"))
    found = (getattr(home, name, None) for home in homes for name in ("PyDataset", "Sequence"))
    return next((base for base in found if base is not None), None)


def _has(keras: Any, path: str, kind: str) -> bool:
    method = getattr(keras.models.Model, METHODS[path], None)
    if method is None:
        return False
    if kind == "arrays":
        return not path.endswith("_generator")
    if kind == "sequence" and sequence_base(keras) is None:
        return False
    return dataset_has_workers(keras) or takes(method, "workers")


def _feedings(keras: Any, path: str, kind: str) -> List[Feeding]:
    if kind == "arrays":
        return [Feeding(path, 0, processes=False)]
    alone = Feeding(path, fewest_workers(keras), processes=False)
    if kind == "generator" or _is_alias(keras, METHODS[path]):
        return [alone]
    return [alone, Feeding(path, 2, processes=False), Feeding(path, 2, processes=True)]


def _is_alias(keras: Any, name: str) -> bool:
    """Tell whether a `..._generator` method only passes on to its namesake, as deprecated ones do."""
    namesake = name.replace("_generator", "")
    return (
        namesake != name
        and namesake in inspect.unwrap(getattr(keras.models.Model, name)).__code__.co_names
    )


@lru_cache(maxsize=None)
def fewest_workers(keras: Any) -> int:
    """Return 0, or 1 where the framework refuses 0, which only trying can tell, or waits for ever."""
    if dataset_has_workers(keras):
        return 0
    if not hasattr(keras.models.Model, "train_step"):
        return 1 if _always_queues(keras) else 0
    model = stepping_model(keras, Recorder("fit", lambda *_: None))
    try:
        model.predict(np.zeros((1, 1), "float32"), verbose=0, workers=0)
    except ValueError:
        return 1
    return 0


def _always_queues(keras: Any) -> bool:
    """Tell whether no number of workers means the main thread, as before Keras 2.1.2.

    The same release made the steps of an epoch optional.
    """
    parameters = inspect.signature(keras.models.Model.fit_generator).parameters
    steps = parameters.get("steps_per_epoch")
    return steps is None or steps.default is inspect.Parameter.empty
