"""What the installed framework does not have is left out, and counted as left out."""

from __future__ import annotations

from typing import Any, List

import pytest

from refloader.frameworks.feeding import feedings

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
