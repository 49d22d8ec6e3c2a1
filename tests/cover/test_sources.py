"""In which files the readers of a loader are interleaved."""

from __future__ import annotations

import importlib
import io
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from refloader.driving.drives.sources import helpers, own_files

LOADER = """
import json
import numpy as np
import a_helper
from the_reader import read

class Loader:
    def __init__(self, archive=None):
        self.parts = [{"archive": archive}]
"""
HELPER = "import beneath\nimport the_reader\n"
READER = "def read():\n    pass\n"


@pytest.fixture
def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the class of a loader that is written over several files of a project."""
    for name, text in (
        ("the_loader", LOADER),
        ("a_helper", HELPER),
        ("the_reader", READER),
        ("beneath", ""),
    ):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("the_loader").Loader


def names(files: Any) -> list:
    """Return the names of files."""
    return sorted(Path(file).name for file in files)


def test_modules_of_the_project_that_are_named_are_among_them(kind: Any) -> None:
    """And those that they name; none of the standard library or of a package."""
    assert ["a_helper.py", "beneath.py", "the_loader.py", "the_reader.py"] == names(
        own_files(kind()) | helpers(kind())
    )


def test_an_archive_that_it_holds_is_read_by_a_file_of_the_standard_library(kind: Any) -> None:
    """It seeks, and then reads: two readers come in between."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        held = helpers(kind(archive))

    assert "tarfile.py" in names(held)
    assert "tarfile.py" not in names(helpers(kind(data)))


def test_a_loader_without_any_has_its_own_file_alone() -> None:
    """Of what refloader itself is made, nothing is the loader's."""

    class Plain:
        text = "none"

    assert not [file for file in helpers(Plain()) if "refloader/refloader" in file]
