"""What the installed framework does not have is left out, and counted as left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import pytest

from refloader.frameworks.feeding import feedings
from refloader.frameworks.installed import load
from refloader.frameworks.seeing import executes_eagerly
from refloader.record.comparing import same_framework
from refloader.record.store import Record, read_all

FACTS = Path(__file__).parents[2] / "fixtures" / "facts"

#: On a test, or a parameter of one: the framework is fed nothing of that kind.
ABSENT = pytest.mark.absent


def marks(kind: str) -> List[Any]:
    """Return the marks of a test that needs to feed such a loader."""
    return [] if feedings(kind) else [ABSENT]


def needs_indexable(test: Any) -> Any:
    """Leave a test out where the framework is fed no indexable loader, as before Keras 2.0.5."""
    for mark in marks("sequence"):
        test = mark(test)
    return test


def needs_fit(test: Any) -> Any:
    """Leave a test out where `fit` takes no loader, as before TensorFlow's Keras and Keras 2.3."""
    fed = any(one.path == "fit" for one in feedings("sequence"))
    return test if fed else ABSENT(test)


def twins() -> List[Record]:
    """Return what is on record of the installed versions."""
    return same_framework(Record.here(), read_all(FACTS))


def recorded(fact: str, setting: str, answer: Any) -> bool:
    """Tell whether the installed versions are on record for this answer to a fact."""
    seen = [twin.answers.get(fact, {}).get(setting) for twin in twins()]
    return any(answer in one.answers for one in seen if one is not None)


def binds_names() -> bool:
    """Tell whether a model that records eagerly knows its inputs by the names of its first batch.

    TensorFlow 2.0 and 2.1 then refuse named inputs in a validation after a training without names.
    """
    keras = load()
    return executes_eagerly(keras) and not hasattr(keras.models.Model, "train_step")


#: On a test of generators: TensorFlow 2.1 never feeds the first batch to a model without inputs.
FIRST_BATCH_LOST = pytest.mark.xfail(
    recorded("generator.first-batch", "alone", 1),
    reason="on record: generator.first-batch",
    raises=AssertionError,
    strict=True,
)

#: On a test of spawned workers: fit of TensorFlow 2.0 takes the word for processes and starts none.
NO_PROCESSES = pytest.mark.xfail(
    recorded("sequence.unpicklable", "spawn", "runs"),
    reason="on record: sequence.unpicklable",
    raises=AssertionError,
    strict=True,
)
