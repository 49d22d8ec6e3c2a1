"""Be a `Sequence` or `PyDataset` of every Keras that is loaded, without importing one.

Adapters choose by `isinstance`, which asks `type(loader)` first and `loader.__class__` after it.
Here only the second answer depends on the Keras at hand, and it is given at the moment of asking.
`type(loader)` stays a plain class, so pickles and worker processes never need a framework, and
several flavours of Keras in one process, or one imported later, are all served.
"""

from __future__ import annotations

import sys
import time
from functools import lru_cache
from inspect import CO_GENERATOR
from types import GeneratorType
from typing import Any, Dict, Iterator, List, Optional, Tuple

# Where the flavours of Keras keep the class: their public modules, then the defining ones, which
# is all there is while only a part of the package has been imported.
_HOMES = (
    "keras.utils",
    "keras.src.trainers.data_adapters.py_dataset_adapter",
    "keras.src.utils.data_utils",
    "keras.utils.data_utils",
    "tf_keras.utils",
    "tf_keras.src.utils.data_utils",
    "tensorflow.keras.utils",
    "tensorflow.python.keras.utils.data_utils",
)
_NAMES = ("PyDataset", "Sequence")
_PACKAGES = {home.partition(".")[0] for home in _HOMES}
#: What the adapters of Keras 3, and of those before it, call the indexes that they shuffled.
_ORDERS = ("indices", "order")
_PAUSE = 0.001  # seconds


def sequence_classes() -> Tuple[type, ...]:
    """Return the `Sequence` and `PyDataset` classes of every loaded Keras; imports nothing."""
    # Looking into __dict__ instead of getattr keeps lazy modules asleep.
    spaces = (getattr(sys.modules.get(home), "__dict__", {}) for home in _HOMES)
    found = (space.get(name) for space in spaces for name in _NAMES)
    return tuple(dict.fromkeys(base for base in found if isinstance(base, type)))


@lru_cache(maxsize=None)
def _joined(cls: type, bases: Tuple[type, ...]) -> type:
    missing = tuple(base for base in bases if not issubclass(cls, base))
    return type(cls.__name__, (cls, *missing), {"__module__": cls.__module__})


@lru_cache(maxsize=None)
def _iterates_endlessly(base: type) -> bool:
    stream = getattr(base, "__iter__", iter)(_OneBatch())
    return next(stream, None) == next(stream, None)


class _OneBatch:
    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        if index:
            raise IndexError(index)
        return index


def _package_of(caller: Any) -> str:
    name: str = caller.f_globals.get("__name__", "")
    return name.partition(".")[0]


def _asked_by_one_that_never_stops(caller: Any) -> bool:
    """Say whether a frame is of a Keras whose own class iterates without end.

    The `fit_generator` of Keras 2.1.5 to 2.2.2 relies on that when it has no workers. Everybody
    else expects one epoch, so it depends on who asks.
    """
    package = _package_of(caller)
    asking = (base for base in sequence_classes() if base.__module__.startswith(f"{package}."))
    return any(_iterates_endlessly(base) for base in asking)


def wait_for_what_was_asked(caller: Any) -> None:
    """Wait, in `on_epoch_end`, until the workers have read what this epoch was asked for.

    The enqueuer of Keras 2.0.9 calls the hook when it has asked for the last batch, while
    others are still to be read: those would be of the next epoch's order. It alone keeps the pool
    of its workers; later ones wait by themselves.

    :param caller: the frame of the hook.
    """
    while caller is not None:
        enqueuer = caller.f_locals.get("self") if caller.f_code.co_name == "_run" else None
        pool, stop = getattr(enqueuer, "executor", None), getattr(enqueuer, "stop_signal", None)
        # The results that are due, of a ThreadPool or Pool.
        while stop is not None and not stop.is_set() and getattr(pool, "_cache", None):
            time.sleep(_PAUSE)
        caller = caller.f_back


def order_of(caller: Any, count: int) -> List[int]:
    """Return the order in which a frame asks for the batches of an epoch, empty if it does not tell.

    `fit` of Keras 3 and of tf.keras since 2.2 shuffles the indexes of a Sequence, unless it is told
    not to, and goes through the list in one generator. Nobody else is looked at: until Python 3.13
    a frame that is asked for its variables holds on to what they are then.

    :param caller: the frame that asks for a batch.
    :param count: how many batches there are.
    """
    code = caller.f_code
    if not code.co_flags & CO_GENERATOR or _package_of(caller) not in _PACKAGES:
        return []
    for name in set(_ORDERS).intersection(code.co_varnames):
        order = caller.f_locals.get(name)
        if isinstance(order, list) and len(order) == count:
            return order
    return []


class AnySequence:
    """Base of a loader that passes for a Sequence or PyDataset of whichever Keras asks.

    The attributes are those that adapters read from a PyDataset, with Keras' own defaults. They
    may be set on an instance and speak of Keras' workers, not of the loader's own.
    """

    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10
    use_sequence_api = True  # Keras 2.2.5 to 2.3 ask for this mark before anything else.

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """The class for `isinstance`: the plain one joined with the loaded Keras' bases."""
        cls: type = type(self)
        bases = sequence_classes()
        return _joined(cls, bases) if bases else cls

    def __getstate__(self) -> Dict[str, Any]:
        return vars(self).copy()

    def __reduce__(self) -> Tuple[Any, ...]:
        # The inherited way refuses an object whose __class__ is not its type.
        return _blank, (type(self),), self.__getstate__()

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches of one epoch; of epoch after epoch to a Keras that relies on that."""
        endless = _asked_by_one_that_never_stops(sys._getframe(1))  # noqa: SLF001 - who asks counts
        return self._epochs() if endless else self._one_epoch()

    def _epochs(self) -> Iterator[Any]:
        while len(self):
            yield from self._one_epoch()

    def _one_epoch(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))  # type: ignore[index]

    @property
    def num_batches(self) -> Optional[int]:
        """Number of batches in an epoch, as Keras 3.3 and later ask for it."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Do nothing; Keras calls this at different moments in different versions."""

    def on_epoch_end(self) -> None:
        """Do nothing; Keras calls this 0 to 3 times for two epochs."""


def _blank(cls: type) -> Any:
    return object.__new__(cls)


class AnyGenerator:
    """Base of an iterator that passes for a generator, the one kind that `fit` recognises."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """The class for `isinstance`: a generator."""
        return GeneratorType


class SequenceView(AnySequence):
    """An indexable loader of somebody else, seen as a Sequence."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __len__(self) -> int:
        loader = self._loader
        return len(loader) if hasattr(loader, "__len__") else int(loader.num_batches)

    @property
    def num_batches(self) -> Optional[int]:
        """Number of batches, None where the loader does not know."""
        loader = self._loader
        return loader.num_batches if hasattr(loader, "num_batches") else len(loader)

    def __getitem__(self, index: int) -> Any:
        return self._loader[index]

    def on_epoch_begin(self) -> None:
        """Call the loader's hook, if it has one."""
        self._call("on_epoch_begin")

    def on_epoch_end(self) -> None:
        """Call the loader's hook, if it has one."""
        self._call("on_epoch_end")

    def _call(self, hook: str) -> None:
        if hasattr(self._loader, hook):
            getattr(self._loader, hook)()


def as_sequence(
    loader: Any,
    workers: Optional[int] = None,
    use_multiprocessing: Optional[bool] = None,  # noqa: FBT001 - as Keras calls it
) -> Any:
    """Return the loader as a Sequence or PyDataset of the loaded Keras.

    :param loader: an object with `__getitem__` and `__len__` or `num_batches`. It is returned as
        it is when it already is an instance; else a thin view of it is, which pickles with it.
    :param workers: how many workers Keras 3 is to use. Older Keras takes this in `fit`, and a
        Sequence of its classes is left alone.
    :param use_multiprocessing: whether those workers are processes; the same holds.
    """
    sequence = loader if isinstance(loader, sequence_classes()) else SequenceView(loader)
    settings = {"workers": workers, "use_multiprocessing": use_multiprocessing}
    for name, value in settings.items():
        if value is not None and hasattr(type(sequence), name):
            setattr(sequence, name, value)
    return sequence
