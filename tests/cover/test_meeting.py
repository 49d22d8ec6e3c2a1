"""Workers wait for each other before they read."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading

import psutil
import pytest

from refloader.driving.drives.meeting import Meeting, _alive


class Numbered:
    """Three batches, which tell who read them; an end hook that counts."""

    def __init__(self):
        self.ended = 0

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return index, os.getpid(), threading.get_ident()

    def on_epoch_end(self):
        """Count."""
        self.ended += 1


class Counted:
    """A loader that has num_batches and no length."""

    num_batches = 2

    def __getitem__(self, index):
        return index


@pytest.fixture(name="meeting")
def _meeting(tmp_path):
    return Meeting(Numbered(), 2, str(tmp_path), processes=True)


def test_every_worker_process_of_a_pool_reads(meeting):
    """Each of two worker processes gets one of two batches: neither is done before the other."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        read = pool.map(meeting.__getitem__, range(2), chunksize=1)

    assert {0, 1} == {index for index, _, _ in read}
    assert 2 == len({process for _, process, _ in read})


def test_the_process_that_trains_waits_for_nobody(meeting):
    """A batch that the parent peeks at comes at once."""
    assert (0, os.getpid()) == meeting[0][:2]


def test_one_worker_does_not_wait_for_ever(tmp_path):
    """Where a framework has one reader, whatever it was told, that one goes on."""
    meeting = Meeting(Numbered(), 2, str(tmp_path), processes=False)
    read = []
    alone = threading.Thread(target=lambda: read.append(meeting[2]))
    alone.start()
    alone.join()

    assert [2] == [index for index, _, _ in read]


def test_the_rest_of_the_loader_is_its_own(meeting):
    """Length and hooks are those of the loader; what it has not, the meeting has not either."""
    meeting.on_epoch_end()

    assert (3, 1) == (len(meeting), meeting.ended)
    assert not hasattr(meeting, "on_epoch_begin")


def test_num_batches_is_a_length_too(tmp_path):
    """A loader that has only num_batches is as long as that."""
    assert 2 == len(Meeting(Counted(), 2, str(tmp_path), processes=True))


def test_a_worker_that_ends_while_it_is_looked_for_has_not_come(tmp_path, monkeypatch):
    """Pools end between two looks: one that was there a moment ago is no error of the loader."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    monkeypatch.setattr(psutil, "pid_exists", lambda _: True)

    assert not _alive(tmp_path / f"{gone.pid}-1")
