"""These tests run a real Keras: without one they must not seem to have passed."""

from __future__ import annotations

import fcntl
import sys
import warnings
from pathlib import Path
from typing import Iterator, List

import pytest

from refloader.frameworks.installed import installed, load

if installed() is None:
    raise pytest.UsageError(
        "tests/matrix runs the installed Keras, and none is installed here: "
        "run it through tox, or run tests/cover alone"
    )

# Their tests take longest, in this order: what is short comes last, so that nothing is waited for in the end.
LONG = ("test_facts.py", "test_contract.py", "test_training_zoo.py")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, and import the framework where tests are collected and run."""
    config.addinivalue_line("markers", "absent: of something that the framework does not have")
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        _import_framework()


def _import_framework() -> None:
    """Import it; of several processes one first, which compiles it for all where it is new."""
    # A framework's warning that is turned into an error changes what the framework does.
    with warnings.catch_warnings(), Path(__file__).open(encoding="utf-8") as lock:
        warnings.simplefilter("default")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(lock, fcntl.LOCK_SH)
        load()


@pytest.fixture(autouse=True, scope="session")
def _keep_the_session() -> Iterator[None]:
    """Keep the session of TensorFlow 1 that Keras has in the main thread, while tests run.

    A forked worker drops what is that thread's alone; where it closes a session so, it stands still for ever
    (`fixtures/reproductions/forked_workers_close_the_session.py`), and with it a test.
    """
    tensorflow = sys.modules.get("tensorflow")
    first = hasattr(tensorflow, "Session")
    kept = tensorflow.compat.v1.keras.backend.get_session() if first else None  # type: ignore[union-attr]
    yield
    del kept


def pytest_collection_modifyitems(config: pytest.Config, items: List[pytest.Item]) -> None:
    """Leave out, visibly, what the framework does not have; leave its warnings what they are."""
    absent = [item for item in items if item.get_closest_marker("absent")]
    items[:] = [item for item in items if item not in absent]
    config.hook.pytest_deselected(items=absent)
    items.sort(key=_turn)
    for item in filter(_is_here, items):
        item.add_marker(pytest.mark.filterwarnings("default"))


def _turn(item: pytest.Item) -> int:
    name = Path(str(item.fspath)).name
    return (*LONG, name).index(name) if _is_here(item) else 0


def _is_here(item: pytest.Item) -> bool:
    return Path(__file__).parent in Path(str(item.fspath)).parents
