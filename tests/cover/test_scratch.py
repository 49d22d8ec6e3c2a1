"""The files of a check are in memory where there is room, and elsewhere where somebody says so."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from refloader.driving.data import scratch


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """Let a folder pass for the machine's memory; nobody has said where temporary files are to be."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(scratch, "_MEMORY", folder)
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return folder


@pytest.fixture
def room(monkeypatch):
    """Return a function that says how much is free in memory."""

    def leave(free):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    return leave


def parent():
    """Return where the files of a check are put, and leave nothing there."""
    made = Path(scratch.scratch())
    made.rmdir()
    return made.parent


def test_memory_with_room_is_taken(memory, room):
    """It is there, and there is more free than a check can use."""
    room(2**30)

    assert parent() == memory


def test_memory_without_room_is_left_alone(memory, room):
    """A container's shared memory is often 64 MB, which others need."""
    room(2**26)

    assert parent() == memory.parent


def test_the_folder_that_somebody_chose_is_taken(memory, room, monkeypatch):
    """TMPDIR says where temporary files are to be, however much memory is free."""
    room(2**30)
    monkeypatch.setenv("TMPDIR", str(memory.parent))

    assert parent() == memory.parent


def test_memory_that_is_not_there_is_not_missed(memory, room):
    """Not every system shows its shared memory as a folder."""
    room(2**30)
    memory.rmdir()

    assert parent() == memory.parent
