"""pytest's side: the marker of contract tests, the header line, and the end of their sessions.

pytest imports this at every start, also where no contract is tested: it must cost nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import refloader

if TYPE_CHECKING:
    import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that each case carries, so that ``-m refloader`` selects them."""
    config.addinivalue_line(
        "markers", "refloader(slug): holds a data loader to this requirement of the contract."
    )


def pytest_report_header() -> str:
    """Return the line that tells the version."""
    return f"refloader: {refloader.__version__}"


def pytest_unconfigure() -> None:
    """End the processes of the sessions that were opened."""
    checking = sys.modules.get("refloader.checking")
    if checking is not None:
        checking.close_sessions()
