"""These tests run a real Keras: without one they must not seem to have passed."""

from __future__ import annotations

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

# A framework's warning that is turned into an error changes what the framework does.
with warnings.catch_warnings():
    warnings.simplefilter("default")
    load()


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "absent: of something that the framework does not have")


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
