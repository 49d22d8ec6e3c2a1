"""What the training step consumes on every path that the installed Keras has."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import pytest
from presence import ABSENT, FIRST_BATCH_LOST, binds_names

from refloader.errors import UsageError
from refloader.frameworks.facts.run import told
from refloader.frameworks.feeding import KINDS, Feeding, feedings, fits, sequence_base
from refloader.frameworks.installed import CHOICES, installed, load, versions
from refloader.frameworks.recorder import owned
from refloader.frameworks.witness import feed

BATCH_SIZE = 4
ROWS = 18
BATCHES = 5
TRAINING = ("fit", "fit_generator")
PHASES = {
    "fit": "train",
    "fit_generator": "train",
    "validation": "validation",
    "evaluate": "evaluate",
    "evaluate_generator": "evaluate",
    "predict": "predict",
    "predict_generator": "predict",
}

Steps = List[Tuple[str, int, Any, Any, Any]]


def batch(ids: Any) -> Tuple[Any, Any, Any]:
    """Rows that carry their number in x, its double in y and its triple as the weight."""
    return ids.reshape(-1, 1).astype("float32"), 2.0 * ids, 3.0 * ids


class Loader:
    """Five batches of (x, y, weight), the last one short, without a base class of Keras."""

    def __len__(self) -> int:
        return BATCHES

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < BATCHES:
            raise IndexError(index)
        return batch(np.arange(ROWS)[index * BATCH_SIZE :][:BATCH_SIZE])


class Unweighted(Loader):
    """The same without weights."""

    def __getitem__(self, index: int) -> Any:
        return super().__getitem__(index)[:2]


class Named(Loader):
    """The same with two inputs by name."""

    def __getitem__(self, index: int) -> Any:
        x, y, weight = super().__getitem__(index)
        return {"image": x, "size": -x}, y, weight


class Broken(Loader):
    """The same with a sample that cannot be read."""

    def __getitem__(self, index: int) -> Any:
        if index == 3:
            raise ValueError("sample 13 is broken")
        return super().__getitem__(index)


def endless() -> Iterator[Any]:
    """The batches again and again."""
    while True:
        for index in range(BATCHES):
            yield Loader()[index]


def consumed(feeding: Feeding, subject: Any, **options: Any) -> Steps:
    """Feed the subject and return every step."""
    steps: Steps = []
    settings: Dict[str, Any] = {"epochs": 1, "steps": None, "batch_size": BATCH_SIZE}
    settings.update(options)
    feed(feeding, subject, sink=lambda *step: steps.append(step), **settings)
    return steps


def rows(steps: Steps) -> Dict[Tuple[str, int], List[int]]:
    """The numbers of the consumed rows by phase and epoch."""
    numbers: Dict[Tuple[str, int], List[int]] = {}
    for phase, epoch, x, _, _ in steps:
        numbers.setdefault((phase, epoch), []).extend(x[:, 0].astype(int).tolist())
    return numbers


def parametrised(chosen: List[Feeding]) -> Any:
    """Parametrise a test with feedings; without any it is left out."""
    cases = [pytest.param(one, id=one.label) for one in chosen]
    return pytest.mark.parametrize("feeding", cases or [pytest.param(None, marks=ABSENT)])


def each(kind: str, *paths: str) -> Any:
    """Parametrise a test with the feedings of a kind, on these paths where some are named."""
    chosen = [one for one in feedings(kind) if not paths or one.path in paths]
    return parametrised(chosen)


def without_workers(kind: str) -> Any:
    """Parametrise a test with the paths of a kind, reading in the main thread."""
    chosen = [one for one in feedings(kind) if one.workers < 2]
    return parametrised(chosen)


@each("sequence", *TRAINING)
def test_training_on_a_loader_consumes_every_row_once_in_each_epoch(feeding: Feeding) -> None:
    """Each of two epochs of fit consumes every row of an indexable loader once."""
    numbers = rows(consumed(feeding, Loader(), epochs=2))

    expected = {("train", epoch): list(range(ROWS)) for epoch in (0, 1)}
    assert expected == {key: sorted(value) for key, value in numbers.items()}


@each("sequence", "validation", "evaluate", "evaluate_generator", "predict", "predict_generator")
def test_judging_a_loader_consumes_every_row_once_in_order(feeding: Feeding) -> None:
    """Validation, evaluate and predict consume every row of an indexable loader in order."""
    steps = consumed(feeding, Loader())

    assert {(PHASES[feeding.path], 0): list(range(ROWS))} == rows(steps)


@each("sequence", "fit")
def test_training_without_shuffling_keeps_the_order(feeding: Feeding) -> None:
    """With shuffle=False fit consumes the rows in order."""
    steps = consumed(feeding, Loader(), shuffle=False)

    assert {("train", 0): list(range(ROWS))} == rows(steps)


@without_workers("generator")
def test_a_generator_is_consumed_batch_by_batch(
    feeding: Feeding, request: pytest.FixtureRequest
) -> None:
    """A generator's batches are consumed once and in order on every path."""
    if feeding.path != "validation":  # which follows a training
        request.applymarker(FIRST_BATCH_LOST)
    steps = consumed(feeding, endless(), steps=BATCHES)

    assert {(PHASES[feeding.path], 0): list(range(ROWS))} == rows(steps)


@FIRST_BATCH_LOST
@each("generator", *TRAINING)
def test_epochs_of_a_generator_follow_one_another(feeding: Feeding) -> None:
    """The second epoch of fit goes on where the first one left the generator."""
    numbers = rows(consumed(feeding, endless(), steps=3, epochs=2))

    assert {("train", 0): [*range(12)], ("train", 1): [*range(12, 18), *range(4)]} == numbers


@each("arrays")
def test_arrays_are_consumed_row_by_row_once(feeding: Feeding) -> None:
    """Every row of a tuple of arrays is consumed once on every path, in batches of the size."""
    steps = consumed(feeding, batch(np.arange(ROWS)), batch_size=BATCH_SIZE)

    expected = {(PHASES[feeding.path], 0): list(range(ROWS))}
    assert expected == {key: sorted(value) for key, value in rows(steps).items()}
    assert [len(x) for _, _, x, _, _ in steps] == [4, 4, 4, 4, 2]


@each("arrays", "fit")
def test_arrays_are_consumed_once_in_each_epoch(feeding: Feeding) -> None:
    """Each of two epochs of fit consumes every row of the arrays once."""
    numbers = rows(consumed(feeding, batch(np.arange(ROWS)), batch_size=BATCH_SIZE, epochs=2))

    expected = {("train", epoch): list(range(ROWS)) for epoch in (0, 1)}
    assert expected == {key: sorted(value) for key, value in numbers.items()}


@each("arrays", "fit", "validation", "evaluate")
def test_arrays_keep_their_nesting_and_shapes(feeding: Feeding) -> None:
    """Named inputs of several shapes and dtypes and several targets arrive as they were given."""
    ids = np.arange(ROWS)
    images = np.zeros((ROWS, 3, 3, 1), "uint8") + ids.reshape(-1, 1, 1, 1).astype("uint8")
    x = {"image": images, "size": ids.astype("float32")}
    y = [2.0 * ids, np.stack([ids, ids], 1).astype("float32")]
    steps = consumed(feeding, (x, y), batch_size=BATCH_SIZE)

    for _, _, inputs, targets, _ in steps:
        assert sorted(inputs) == ["image", "size"]
        assert (len(inputs["image"]), 3, 3, 1) == inputs["image"].shape
        assert [2 * row for row in inputs["size"]] == list(targets[0])
        assert (len(inputs["image"]), 2) == targets[1].shape
    assert len(steps) == BATCHES


@pytest.mark.parametrize(
    ("kind", "feeding"),
    [
        pytest.param(kind, feeding, id=f"{feeding.label}-{kind}")
        for kind in KINDS
        for feeding in feedings(kind)
        if feeding.workers < 2 and not feeding.path.startswith("predict")
    ],
)
def test_targets_and_weights_arrive_with_their_rows(kind: str, feeding: Feeding) -> None:
    """Each consumed row comes with its own target and sample weight."""
    subjects = {"sequence": Loader(), "generator": endless(), "arrays": batch(np.arange(ROWS))}
    steps = consumed(feeding, subjects[kind], steps=BATCHES, batch_size=BATCH_SIZE)

    for _, _, x, y, weight in steps:
        assert (2 * x).ravel().tolist() == y.ravel().tolist()
        assert (3 * x).ravel().tolist() == weight.ravel().tolist()
    assert len(steps) == BATCHES


@without_workers("sequence")
def test_weights_that_were_not_delivered_are_none(feeding: Feeding) -> None:
    """A loader without sample weights is recorded without them, on every path."""
    steps = consumed(feeding, Unweighted())

    assert [weight for _, _, _, _, weight in steps] == [None] * BATCHES


@without_workers("sequence")
def test_named_inputs_keep_their_names(feeding: Feeding, request: pytest.FixtureRequest) -> None:
    """Inputs in a dict are consumed under their names, whatever the model."""
    if feeding.path == "validation" and binds_names():
        request.applymarker(pytest.mark.xfail(reason="it binds names", strict=True))
    steps = consumed(feeding, Named())

    assert len(steps) == BATCHES
    for _, _, x, _, _ in steps:
        assert sorted(x) == ["image", "size"]
        assert x["image"].tolist() == (-x["size"]).tolist()


@without_workers("sequence")
def test_an_error_of_the_loader_surfaces(feeding: Feeding) -> None:
    """An error that the loader raises comes out of every path, or is the cause of what does."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each framework has its own
        consumed(feeding, Broken())

    # Keras before 2.1 makes a StopIteration of it, in a generator, which Python makes another of.
    assert "sample 13 is broken" in told(caught.value)


def test_a_step_hands_out_copies() -> None:
    """A recorded nest shares no memory with what the step was given."""
    given = {"image": np.zeros(3)}
    handed = owned(given)

    assert not np.shares_memory(given["image"], handed["image"])


def test_a_generator_needs_steps() -> None:
    """A generator without steps is refused before it runs for ever."""
    with pytest.raises(UsageError, match="steps"):
        consumed(Feeding("fit", 0, processes=False), endless())


def test_arrays_need_targets() -> None:
    """A tuple that is not (x, y) or (x, y, weight) is refused."""
    with pytest.raises(UsageError, match="tuple of 1"):
        consumed(Feeding("fit", 0, processes=False), (np.zeros(3),))


def test_an_unknown_kind_is_refused() -> None:
    """Feedings of a kind that does not exist are refused by name."""
    with pytest.raises(UsageError, match="'dataset'"):
        feedings("dataset")


def test_labels_say_who_reads() -> None:
    """A label names the path, and the workers where there are any."""
    read_by = [(0, False), (1, False), (2, False), (2, True)]
    labels = [Feeding("fit", workers, processes).label for workers, processes in read_by]

    expected = ["fit", "fit, 1 worker thread", "fit, 2 worker threads", "fit, 2 worker processes"]
    assert expected == labels


def test_a_loader_is_read_alone_by_threads_and_by_processes() -> None:
    """An indexable loader is read alone, by two threads, by two processes: where there are such."""
    ways = [(one.workers < 2, one.processes) for one in fits("sequence")]

    expected = [(True, False), (False, False), (False, True)]
    assert (expected if sequence_base(load()) else []) == ways


def test_the_framework_is_found_without_importing_it() -> None:
    """Asking for the framework and the versions imports neither TensorFlow nor any Keras."""
    code = (
        "import sys\n"
        "from refloader.frameworks.installed import installed, versions\n"
        "print(installed().name, versions()['backend'])\n"
        "print(sorted({'tensorflow', 'keras', 'tf_keras', 'jax', 'torch'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    framework = installed()

    assert framework is not None
    expected = f"{framework.name} {framework.backend}\n[]\n"
    assert expected == done.stdout.decode()


def test_the_framework_found_is_the_one_loaded() -> None:
    """The version found in the metadata is that of the module that is loaded."""
    framework = installed()
    keras = load()

    assert framework is not None
    assert framework.name in CHOICES
    if framework.name != "tensorflow.keras":
        assert versions()[framework.name] == keras.__version__


def test_an_unknown_forced_framework_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """REFLOADER_KERAS with an unknown name is refused with the names that exist."""
    monkeypatch.setenv("REFLOADER_KERAS", "theano")

    with pytest.raises(UsageError, match=r"'theano'.*tf_keras"):
        installed()
