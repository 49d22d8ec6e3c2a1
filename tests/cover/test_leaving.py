"""What a loader leaves of shared memory is noted, told, and removed with the files of the check."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from refloader.contract.policy import Policy
from refloader.driving.surroundings import leaving
from refloader.evidence import Evidence

# Both since Python 3.8.
shared_memory = pytest.importorskip("multiprocessing.shared_memory")
resource_tracker = pytest.importorskip("multiprocessing.resource_tracker")


@pytest.fixture
def noting(tmp_path, monkeypatch):
    """Have this process' segments noted, for the time of a test."""
    import _posixshmem

    monkeypatch.setattr(_posixshmem, "shm_open", _posixshmem.shm_open)
    monkeypatch.setattr(leaving, "_notes", None)
    leaving.note_segments(str(tmp_path))


def leave() -> str:
    """Create a segment that nobody removes; return its name."""
    segment = shared_memory.SharedMemory(create=True, size=64)
    resource_tracker.unregister(segment._name, "shared_memory")
    segment.close()
    return segment.name


def leaves(samples, batch_size, seed):
    """Build arrays, leave a segment, and write down its name."""
    Path(os.environ["LEFT"]).write_text(leave(), encoding="utf-8")
    return samples.arrays


@pytest.mark.usefixtures("noting")
def test_a_segment_is_told_as_long_as_it_is_there(tmp_path):
    """Noted when it is created, it is left until somebody removes it."""
    name = leave()
    assert leaving.segments() == {name}
    leaving.remove_segments(str(tmp_path))

    assert leaving.segments() == set()
    assert not (leaving.SHARED / name).exists()


@pytest.mark.usefixtures("noting")
def test_a_fork_notes_its_segments_too(tmp_path):
    """A worker's segment is as much the loader's as its own."""
    pid = os.fork()
    if not pid:
        leave()
        os._exit(0)
    os.waitpid(pid, 0)

    assert len(leaving.segments()) == 1
    leaving.remove_segments(str(tmp_path))
    assert leaving.segments() == set()


def test_a_check_ends_without_the_segments_of_its_loaders(tmp_path, monkeypatch):
    """A loader that leaves one each time that it is built does not fill the machine's memory."""
    monkeypatch.setenv("LEFT", str(tmp_path / "name"))
    evidence = Evidence(leaves, Policy.of(samples="arrays"))
    try:
        evidence.ask("probe")
        left = leaving.SHARED / (tmp_path / "name").read_text(encoding="utf-8")
        assert left.exists()
    finally:
        evidence.close()

    assert not left.exists()
