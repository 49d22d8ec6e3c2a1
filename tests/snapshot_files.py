"""Texts that are compared whole: what a user reads when something fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("snapshots")
VARIABLE = "REFLOADER_UPDATE_SNAPSHOTS"


def expect(name: str, actual: str) -> None:
    """Compare a text with its snapshot; with REFLOADER_UPDATE_SNAPSHOTS=1 write it instead."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get(VARIABLE) == "1":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    elif not path.exists():
        pytest.fail(f"there is no snapshot {path.name}: write it with {VARIABLE}=1", pytrace=False)
    expected = path.read_text(encoding="utf-8")

    assert expected == actual
