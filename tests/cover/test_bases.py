"""A loader is a Sequence of whichever Keras is loaded; here small stand-ins are."""

from __future__ import annotations

import contextlib
import copy
import pickle
import sys
import threading
import time
import types
from collections.abc import Iterator
from multiprocessing.pool import ThreadPool
from typing import Any, List, Optional, Tuple

import numpy as np
import pytest

from refloader.frameworks import bases
from refloader.frameworks.bases import as_sequence, order_of, sequence_classes
from refloader.loading import ArrayLoader


class PyDataset:
    """Stands for the class of Keras 3."""

    workers = 1
    use_multiprocessing = False


class Sequence:
    """Stands for the class of an older Keras."""


class Indexable:
    """Somebody's loader: no base class, no hooks."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Tuple[int]:
        return (index,)


class Hooked(Indexable):
    """Somebody's loader with a hook."""

    def __init__(self) -> None:
        self.ends = 0

    def on_epoch_end(self) -> None:
        """Count."""
        self.ends += 1


class Counted:
    """Somebody's loader with Keras 3's num_batches and no length."""

    def __init__(self, num_batches: Optional[int]) -> None:
        self.num_batches = num_batches

    def __getitem__(self, index: int) -> Tuple[int]:
        return (index,)


@pytest.fixture(autouse=True)
def no_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an interpreter without Keras, even where there is one."""
    for name in list(sys.modules):
        if name.split(".")[0] in ("keras", "tf_keras", "tensorflow"):
            monkeypatch.delitem(sys.modules, name)


def load(monkeypatch: pytest.MonkeyPatch, name: str, **contents: Any) -> None:
    """Pretend that a module has been imported."""
    module = types.ModuleType(name)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)


def loader() -> ArrayLoader:
    """Return a loader of 5 batches."""
    return ArrayLoader(np.arange(10), np.arange(10), batch_size=2)


def test_without_keras_a_loader_is_itself() -> None:
    """Where no Keras is loaded there is no class to be, and the class is the plain one."""
    assert () == sequence_classes()
    assert ArrayLoader is loader().__class__


@pytest.mark.parametrize(
    ("module", "name", "cls"),
    [
        ("keras.utils", "PyDataset", PyDataset),
        ("keras.src.trainers.data_adapters.py_dataset_adapter", "PyDataset", PyDataset),
        ("keras.utils.data_utils", "Sequence", Sequence),
        ("keras.src.utils.data_utils", "Sequence", Sequence),
        ("tf_keras.utils", "Sequence", Sequence),
        ("tensorflow.keras.utils", "Sequence", Sequence),
        ("tensorflow.python.keras.utils.data_utils", "Sequence", Sequence),
    ],
)
def test_loader_is_an_instance_wherever_keras_keeps_the_class(
    monkeypatch: pytest.MonkeyPatch, module: str, name: str, cls: type
) -> None:
    """The public and the defining modules of every flavour are known."""
    load(monkeypatch, module, **{name: cls})

    assert isinstance(loader(), cls)


def test_loader_is_an_instance_of_several_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With Keras 3 and an older one loaded, both take the loader for theirs, and it is itself."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset, Sequence=PyDataset)
    load(monkeypatch, "tf_keras.utils", Sequence=Sequence)
    subject = loader()

    assert (PyDataset, Sequence) == sequence_classes()
    assert isinstance(subject, PyDataset)
    assert isinstance(subject, Sequence)
    assert isinstance(subject, ArrayLoader)
    assert ArrayLoader is type(subject)


def test_keras_that_comes_later_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loader that was made before Keras was imported is an instance afterwards."""
    subject = loader()
    before = isinstance(subject, PyDataset)
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)

    assert not before
    assert isinstance(subject, PyDataset)


def test_subclass_with_a_real_base_is_an_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loader class that somebody also derived from Keras' own is no contradiction."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)
    both = type("Both", (ArrayLoader, PyDataset), {})

    assert isinstance(both(np.arange(3)), PyDataset)


def test_lazy_module_is_not_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for the class asks no module for an attribute that is not there."""
    asked: List[str] = []

    class Lazy(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            raise AttributeError(name)

    monkeypatch.setitem(sys.modules, "keras.utils", Lazy("keras.utils"))
    sequence_classes()

    assert [] == asked


def test_blocked_and_odd_modules_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """None in sys.modules, and a Sequence that is no class, are not taken for one."""
    monkeypatch.setitem(sys.modules, "keras.utils", None)
    load(monkeypatch, "tf_keras.utils", Sequence=List)

    assert () == sequence_classes()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_loader_pickles_as_its_plain_class(monkeypatch: pytest.MonkeyPatch, protocol: int) -> None:
    """With Keras loaded, the pickle names nothing of it, and the copy is of the plain class."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)
    subject = loader()
    subject.on_epoch_end()
    pickled = pickle.dumps(subject, protocol)
    again = pickle.loads(pickled)  # noqa: S301 - made above

    assert b"keras" not in pickled.replace(b"refloader", b"")
    assert ArrayLoader is type(again)
    assert 1 == again.epoch


def test_loader_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both kinds of copy work with Keras loaded."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)

    assert [ArrayLoader] * 2 == [type(copy.copy(loader())), type(copy.deepcopy(loader()))]


def test_loader_has_what_adapters_read() -> None:
    """The settings of a PyDataset are there with Keras' defaults, and the hooks can be called."""
    subject = loader()
    subject.on_epoch_begin()

    assert (1, False, 10) == (subject.workers, subject.use_multiprocessing, subject.max_queue_size)
    assert 5 == subject.num_batches
    assert subject.use_sequence_api


def test_stream_is_a_generator() -> None:
    """The stream of a loader is taken for a generator by fit."""
    stream = loader().generator()

    assert isinstance(stream, types.GeneratorType)
    assert isinstance(stream, Iterator)


def test_instance_is_returned_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What already is a Sequence needs no view."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)
    subject = loader()

    assert subject is as_sequence(subject)


def test_view_is_an_instance_that_delegates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The view of an indexable object is of Keras' class and gives the object's batches."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)
    view = as_sequence(Indexable())

    assert isinstance(view, PyDataset)
    assert (3, 3) == (len(view), view.num_batches)
    assert (2,) == view[2]


def test_view_calls_only_hooks_that_are_there() -> None:
    """A hook of the loader is called through the view, and a missing one is no error."""
    hooked = Hooked()
    for view in (as_sequence(hooked), as_sequence(Indexable())):
        view.on_epoch_begin()
        view.on_epoch_end()

    assert 1 == hooked.ends


def test_view_counts_by_num_batches() -> None:
    """A loader with num_batches alone has a length too, and an endless one has none."""
    finite, endless = as_sequence(Counted(4)), as_sequence(Counted(None))

    assert (4, 4) == (len(finite), finite.num_batches)
    assert endless.num_batches is None


def test_view_pickles_with_its_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy of a view is a view of a copy, with its settings."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)
    view = as_sequence(Hooked(), workers=2, use_multiprocessing=True)
    again = pickle.loads(pickle.dumps(view))  # noqa: S301 - made above
    again.on_epoch_end()

    assert (2, True) == (again.workers, again.use_multiprocessing)
    assert (1,) == again[1]


def test_worker_settings_go_where_keras_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PyDataset takes the settings; a Sequence of older Keras, which has none, is left alone."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)
    load(monkeypatch, "tf_keras.utils", Sequence=Sequence)
    modern, older = PyDataset(), Sequence()
    as_sequence(modern, workers=2, use_multiprocessing=True)
    as_sequence(older, workers=2, use_multiprocessing=True)

    assert {"workers": 2, "use_multiprocessing": True} == vars(modern)
    assert {} == vars(older)


def test_joined_class_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking again costs a look-up, not a class."""
    load(monkeypatch, "keras.utils", PyDataset=PyDataset)
    bases._joined.cache_clear()
    assert isinstance(loader(), PyDataset)
    assert isinstance(loader(), PyDataset)

    assert 1 == bases._joined.cache_info().misses


class EarlyEnqueuer:
    """Calls the hook as Keras 2.0.9 does: when all batches are asked for, not when they are read."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.executor = ThreadPool(2)
        self.stop_signal = threading.Event()

    def _run(self) -> List[Any]:
        results = [self.executor.apply_async(self._read, (i,)) for i in range(len(self.loader))]
        self.loader.on_epoch_end()
        return [result.get() for result in results]

    def _read(self, index: int) -> Any:
        time.sleep(0.05)
        return self.loader[index][1].tolist()

    def epoch(self) -> List[Any]:
        """Return the batches of an epoch."""
        with contextlib.closing(self.executor):
            return self._run()


def test_hook_that_comes_too_early_changes_no_batch_of_its_epoch() -> None:
    """Batches that were asked for before the hook was called are of the epoch that it ends."""
    loader = ArrayLoader(np.arange(12), np.arange(12), batch_size=2, shuffle=True, seed=3)
    expected = [loader.batch(0, index)[1].tolist() for index in range(len(loader))]

    assert expected == EarlyEnqueuer(loader).epoch()
    assert 1 == loader.epoch


def test_hook_does_not_wait_for_workers_that_were_stopped() -> None:
    """Where the enqueuer was told to stop, batches that nobody will read are not waited for."""
    loader = ArrayLoader(np.arange(12), np.arange(12), batch_size=2)
    enqueuer = EarlyEnqueuer(loader)
    enqueuer.stop_signal.set()

    assert 6 == len(enqueuer.epoch())


def asking(module: str, text: str) -> Any:
    """Return a function of a module of that name, which yields what `order_of` says of its frame."""
    space = {"__name__": module, "order_of": order_of, "sys": sys}
    exec(f"def ask(order):\n {text} order_of(sys._getframe(), 3)", space)  # noqa: S102
    return space["ask"]


def test_order_of_an_adapter_of_keras_is_told() -> None:
    """Its generator holds the indexes as it has shuffled them; a list of another length is none."""
    ask = asking("keras.src.adapter", "yield")

    assert [2, 0, 1] == next(ask([2, 0, 1]))
    assert [] == next(ask([1, 0]))
    assert [] == next(ask(range(3)))


@pytest.mark.parametrize(("module", "text"), [("loader", "yield"), ("keras.adapter", "return")])
def test_frame_of_anybody_else_is_not_asked(module: str, text: str) -> None:
    """It would hold on to its variables: until Python 3.13 they stay with a frame that was asked."""
    answer = asking(module, text)([2, 0, 1])

    assert [] == (answer if text == "return" else next(answer))
