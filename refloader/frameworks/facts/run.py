"""One run of a probe: the installed Keras, a setting, and a model that logs what it consumes."""

from __future__ import annotations

import contextlib
import threading
import warnings
from typing import Any, Callable, Dict, Iterator, List, Optional

import numpy as np

from refloader.frameworks.bases import as_sequence
from refloader.frameworks.facts.loaders import ROWS, Cycled, Numbered
from refloader.frameworks.facts.log import Log
from refloader.frameworks.facts.probe import Setting
from refloader.frameworks.feeding import dataset_has_workers, fewest_workers, sequence_base
from refloader.frameworks.installed import load
from refloader.frameworks.recorder import Recorder, leaves, owned
from refloader.frameworks.spelling import counted, spelled, steps_needed, takes
from refloader.frameworks.witness import loader_witness


class Absent(Exception):  # noqa: N818 - an answer, not an error of the probe
    """The installed framework does not have what the probe is about."""


class _Noting(Recorder):
    """Logs each step with the numbers in the first row that it consumed."""

    def __init__(self, log: Log) -> None:
        super().__init__("fit", lambda *_: None)
        self._log = log
        self.slow: Callable[[], None] = lambda: None

    def step(self, mode: str, x: Any, y: Any = None, _weight: Any = None) -> None:
        """Log one step."""
        if x is None:
            raise ValueError("the framework gave the step nothing")
        first = np.asarray(next(iter(leaves(owned(x)).values())))
        row = first.reshape((len(first), -1))[0]
        self._log.note(
            mode,
            index=int(row[0]),
            hooks=int(row[1]) if len(row) > 1 else 0,
            rows=len(first),
            x=_structure(x),
            y=_structure(y),
            dtypes=[str(owned(part).dtype) for part in (x, y) if hasattr(part, "dtype")],
        )
        self.slow()


class Run:
    """What a probe is given: `keras`, a `log`, the `setting`, and the ways of training.

    Data sets are given as they are; who reads them, and by how many workers, the setting says.
    `turn` counts the repeats: a probe may give each a pace of its own.
    """

    def __init__(self, log: Log, setting: Setting, turn: int = 0) -> None:
        self.keras = load()
        self.log = log
        self.setting = setting
        self.turn = turn
        self._noting = _Noting(log)

    def fit(self, data: Any, *, model: Any = None, slow: Any = None, **meant: Any) -> Any:
        """Train on a loader or generator; `meant` are arguments of fit by their meaning.

        model -- what to train instead of the model that logs; slow -- called in each step
        """
        chosen = model or self.model()
        self._noting.slow = slow or (lambda: None)
        method = self.fitting(chosen)
        callbacks = [self._clock(), *meant.pop("callbacks", [])]
        meant = {"epochs": 1, "verbose": 0, **meant, "callbacks": callbacks}
        held = meant.get("validation_data")
        if held is not None:
            meant["validation_data"] = self.placed(held)
            if steps_needed(method) and meant.get("validation_steps") is None:
                meant["validation_steps"] = len(held)
        return self.call(method, data, **meant)

    def call(self, method: Callable[..., Any], data: Any, **meant: Any) -> Any:
        """Call fit, evaluate or predict with the workers of the setting, in this Keras' words."""
        placed = self.placed(data)
        for steps in steps_needed(method):
            if meant.get(steps) is None:
                meant[steps] = len(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return method(placed, **self.arguments(method, **meant))

    def arguments(self, method: Callable[..., Any], **meant: Any) -> Dict[str, Any]:
        """Return the arguments as this method names and counts them."""
        meant = counted(method, ROWS, meant)
        if not dataset_has_workers(self.keras):
            meant.update(workers=self.workers, processes=self.setting.processes)
        if meant.get("shuffle") is not None and not takes(method, "shuffle"):
            meant.pop("shuffle")
        return spelled(method, **meant)

    def placed(self, data: Any) -> Any:
        """Return a loader with the workers where Keras 3 looks for them; refuse what it lacks."""
        if not hasattr(data, "__getitem__"):
            return data
        if not self.has_index:
            raise Absent("loaders with an index")
        return as_sequence(data, self.workers, self.setting.processes)

    @property
    def workers(self) -> int:
        """How many workers to ask for."""
        if self.setting.workers is not None:
            return self.setting.workers
        return fewest_workers(self.keras)

    def fitting(self, model: Any) -> Callable[..., Any]:
        """Return the method that trains from a loader: fit, or where it cannot, fit_generator."""
        if dataset_has_workers(self.keras) or takes(model.fit, "workers"):
            method: Callable[..., Any] = model.fit
            return method
        old: Callable[..., Any] = model.fit_generator
        return old

    def evaluating(self, model: Any, name: str = "evaluate") -> Callable[..., Any]:
        """Return the method that evaluates, or predicts, from a loader."""
        method: Callable[..., Any] = getattr(model, name)
        if dataset_has_workers(self.keras) or takes(method, "workers"):
            return method
        old: Callable[..., Any] = getattr(model, f"{name}_generator")
        return old

    @property
    def has_index(self) -> bool:
        """Whether the framework knows loaders with an index at all."""
        return self.base is not None

    def either(self, loader: Numbered) -> Any:
        """Return the loader, or an endless generator of it before there were such loaders."""
        return loader if self.has_index else Cycled(loader)

    @property
    def base(self) -> Any:
        """The class of this framework that loaders derive from, None before there was one."""
        return sequence_base(self.keras)

    def model(self) -> Any:
        """Return a model that logs what its steps consume."""
        return loader_witness(self.keras, self._noting)

    def ordinary_model(self) -> Any:
        """Return a model as people write them, which the framework builds by itself."""
        model = self.keras.models.Sequential()
        shape = {} if hasattr(self.keras.models.Model, "train_step") else {"input_shape": (3,)}
        model.add(self.keras.layers.Dense(1, **shape))
        model.compile("sgd", "mse")
        return model

    def consumed(self, mode: str = "train", what: str = "index") -> List[List[int]]:
        """Return what the steps of each epoch consumed, an epoch a list."""
        epochs: List[List[int]] = []
        for event in self.log.events():
            if event["what"] == "epoch":
                epochs.append([])
            elif event["what"] == mode and epochs:
                epochs[-1].append(event[what])
        return epochs

    def steps(self, mode: str) -> List[Dict[str, Any]]:
        """Return the steps of one mode; Absent where a release runs none that can be seen."""
        found = self.log.events(mode)
        if not found:
            raise Absent(f"steps of {mode} that can be seen")
        return found

    def outcome(self, *arguments: Any, **meant: Any) -> Optional[BaseException]:
        """Train and return what was raised, or None."""
        return raised(lambda: self.fit(*arguments, **meant))

    def _clock(self) -> Any:
        log = self.log

        class Clock(self.keras.callbacks.Callback):  # type: ignore[name-defined]
            """Logs where an epoch begins, as the framework sees it."""

            def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
                """Log it."""
                log.note("epoch", number=epoch)

        return Clock()


def raised(act: Callable[[], Any]) -> Optional[BaseException]:
    """Return what the call raised, or None; that something is absent goes through."""
    try:
        act()
    except Absent:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a framework raises is the answer
        return error
    return None


def named(error: Optional[BaseException]) -> str:
    """Return the answer to what was raised: the name of its type."""
    return "no error" if error is None else type(error).__name__


def told(error: Optional[BaseException]) -> str:
    """Return all texts of an error and of those that it was raised from."""
    texts = []
    while error is not None:
        texts.append(f"{type(error).__name__}: {error}")
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


@contextlib.contextmanager
def threads_before() -> Iterator[Callable[[], List[threading.Thread]]]:
    """Give a function that returns the threads which were not there before the block."""
    before = set(threading.enumerate())
    # A thread of TensorFlow's own, once it has run Python, is listed for ever as a dummy.
    yield lambda: [
        thread
        for thread in threading.enumerate()
        if thread not in before and not isinstance(thread, threading._DummyThread)  # noqa: SLF001
    ]


def _structure(nest: Any) -> Any:
    """Return the structure of what a step was given: names, places, and arrays as a dot."""
    if isinstance(nest, dict):
        return {name: _structure(part) for name, part in sorted(nest.items())}
    if isinstance(nest, (list, tuple)):
        return [_structure(part) for part in nest]
    return None if nest is None else "."
