"""What the runs of the zoo are told on the command line."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the short run, which a gate has time for."""
    parser.addoption(
        "--own-slugs",
        action="store_true",
        help="judge bad loaders by those requirements alone that must flag them",
    )
