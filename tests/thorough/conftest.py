"""What all thorough tests have in common."""

from __future__ import annotations

import gc
from typing import Iterator

import pytest


@pytest.fixture(autouse=True)
def _garbage_of_this_test_alone() -> Iterator[None]:
    """Collect only what the test itself has made, as a driving process does: drives collect often."""
    gc.freeze()
    yield
    gc.unfreeze()
