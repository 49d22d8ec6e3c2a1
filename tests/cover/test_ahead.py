"""How much of an epoch a loader's workers have read when its first batch is taken."""

from __future__ import annotations

import queue
import threading

import numpy as np
import pytest
from PIL import Image

from refloader.contract.chapters.resources import steady
from refloader.contract.ledger import Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.driving.drives import ahead
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench


class Reader:
    """Reads in a thread, as far ahead as its queue has room."""

    def __init__(self, paths, batch_size, room, *, keeps=False):
        self.paths, self.batch_size, self.room = paths, batch_size, room
        self.kept = [] if keeps else None

    def __len__(self):
        return (len(self.paths) + self.batch_size - 1) // self.batch_size

    def __iter__(self):
        batches = queue.Queue(self.room)
        reader = threading.Thread(target=self.fill, args=(batches,), daemon=True)
        reader.start()
        for _ in range(len(self)):
            yield batches.get()
        reader.join()

    def fill(self, batches):
        """Read the epoch."""
        for index in range(len(self)):
            paths = self.paths[index * self.batch_size : (index + 1) * self.batch_size]
            try:
                batch = np.stack([np.asarray(Image.open(path)) for path in paths])
            except OSError:
                return  # Nobody takes batches any more, and the files are gone.
            if self.kept is not None:
                self.kept.append(batch)
            batches.put((batch, np.zeros(len(batch))))


class Whole(Reader):
    """Has a buffer of the whole epoch, which it fills by itself."""

    def __iter__(self):
        batches = queue.Queue()
        self.fill(batches)
        return iter(batches.get, None)


@pytest.fixture(autouse=True)
def _shorter(monkeypatch):
    monkeypatch.setattr(ahead, "LONG", Scenario(400, 4))


def said(tmp_path, kind=Reader, **settings):
    """Return what resources.steady says of such a loader."""

    def make(samples, batch_size, _seed):
        return kind(samples.paths, batch_size, **settings)

    policy = Policy.of(samples="image-files")
    bench = Bench(make, policy, str(tmp_path))
    found = ahead.read_ahead(bench, no_progress)
    assert found is not None
    return steady(Ledger("resources", Scenario(32, 8), facts={"ahead": found}), policy)


def test_a_queue_without_a_bound_is_told_of(tmp_path):
    """Nearly all of the epoch waits in it."""
    found = said(tmp_path, room=0)

    assert "bytes are read ahead, of 1,232,000 that all its batches have" in found


def test_a_queue_with_a_bound_is_not(tmp_path):
    """A tenth of the batches are in it."""
    assert said(tmp_path, room=10) is None


def test_what_is_kept_for_good_is_a_cache(tmp_path):
    """It is there in the end too."""
    assert said(tmp_path, room=0, keeps=True) is None


@pytest.mark.parametrize(("kind", "has"), [(Reader, True), (Whole, False)])
def test_only_who_has_workers_is_watched(kind, has, tmp_path):
    """What a loader reads by itself before it delivers anything is a buffer."""

    def make(samples, batch_size, _seed):
        return kind(samples.paths, batch_size, 10)

    bench = Bench(make, Policy.of(samples="image-files"), str(tmp_path))

    assert has == ahead.has_workers(bench, Scenario(130, 1))


def test_what_cannot_be_read_says_nothing(tmp_path):
    """That is others' to tell."""

    def make(_samples, _batch_size, _seed):
        raise ValueError("no")

    bench = Bench(make, Policy.of(samples="image-files"), str(tmp_path))

    assert ahead.read_ahead(bench, no_progress) is None
    assert not ahead.has_workers(bench, Scenario(130, 1))
