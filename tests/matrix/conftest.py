"""These tests run a real Keras: without one they must not seem to have passed."""

from __future__ import annotations

import fcntl
import warnings
from pathlib import Path
from typing import List

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
