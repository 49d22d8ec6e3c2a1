"""What two threads get from one generator, and what the chapter on generators says of it."""

from __future__ import annotations

import csv
import threading
from itertools import chain
from types import SimpleNamespace

import pytest
from some_loaders import endless_batches

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drives.consumers import consumers
from refloader.driving.drives.plain import epochs
from refloader.driving.drives.sources import files_behind
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench

POLICY = Policy.of(kind="generator", samples="arrays")
SCENARIO = Scenario(13, 4)


def plain(x, y, batch_size):
    """Yield batches for ever, as a plain generator does."""
    while True:
        for start in range(0, len(x), batch_size):
            yield x[start : start + batch_size].copy(), y[start : start + batch_size].copy()


class Counted:
    """An iterator that counts its batches, with nothing to keep threads apart."""

    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size
        self.steps, self.taken = (len(x) + batch_size - 1) // batch_size, 0

    def __iter__(self):
        return self

    def __next__(self):
        start = self.taken % self.steps * self.batch_size
        self.taken += 1
        rows = slice(start, start + self.batch_size)
        return self.x[rows].copy(), self.y[rows].copy()


class Locked(Counted):
    """The same behind a lock."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self.lock = threading.Lock()

    def __next__(self):
        with self.lock:
            return super().__next__()


class Refuses(Counted):
    """Serves the thread that first took a batch, and tells every other to go away."""

    owner = None

    def __next__(self):
        self.owner = self.owner or threading.get_ident()
        if self.owner != threading.get_ident():
            raise RuntimeError("this iterator serves one thread; give each its own")
        return super().__next__()


class Holds:
    """An iterator that hands on what a generator of another module yields."""

    def __init__(self, *settings):
        self.batches = endless_batches(*settings)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.batches)


def said(slug, loader, driver, tmp_path, *, policy=POLICY, scenario=SCENARIO):
    """Return what a requirement says of a generator that was driven so."""

    def make(samples, batch_size, seed):
        return loader(*samples.arrays, batch_size)

    return find(slug).judge(
        driver(Bench(make, policy, str(tmp_path)), scenario, no_progress), policy
    )


def test_a_plain_generator_collides(tmp_path):
    """Python's own error is no refusal; the witness tells where the first reader stood."""
    found = said("generator.single-consumer", plain, consumers, tmp_path)

    assert found.startswith("two threads in next(): ValueError: generator already executing")
    assert "; reader 0 stops before test_consumers.py:" in found


def test_a_counter_without_a_lock_doubles_a_batch(tmp_path):
    """A batch that both readers got is named by its samples."""
    found = said("generator.single-consumer", Counted, consumers, tmp_path)

    assert found == "two threads in next() got samples 8, 9, 10 and 11 more than once an epoch"


def test_a_generator_of_another_module_collides_too(tmp_path):
    """Readers are stopped inside the generator that an iterator holds, wherever it was written."""
    found = said("generator.single-consumer", Holds, consumers, tmp_path)

    assert found is not None
    assert "already executing" in found


@pytest.mark.parametrize("loader", [Locked, Refuses])
def test_a_lock_or_a_clear_refusal_keeps_it(loader, tmp_path):
    """Serialised or refused, nothing is lost and nothing is doubled."""
    assert said("generator.single-consumer", loader, consumers, tmp_path) is None


def test_a_generator_that_ends_is_not_endless(tmp_path):
    """The batch at which it ends is told, with the epoch."""

    def once(x, y, batch_size):
        return iter([batch for batch, _ in zip(plain(x, y, batch_size), range(4))])

    assert "it ends after 4 batches, in epoch 1 of 2" == said(
        "generator.endless", once, epochs, tmp_path
    )
    assert said("generator.endless", plain, epochs, tmp_path) is None


def test_an_epoch_that_begins_late_is_told(tmp_path):
    """A stream that is a batch ahead leaves its epochs' first samples to others."""

    def ahead(x, y, batch_size):
        stream = plain(x, y, batch_size)
        yield from (next(stream) for _ in range(3))
        yield from plain(x, y, batch_size)

    assert "the 4 batches of epoch 0 hold sample 12 not" == said(
        "generator.epoch-boundary", ahead, epochs, tmp_path
    )


def test_a_generator_that_refuses_in_words_has_not_ended_its_data(tmp_path):
    """What a generator raises is told by that error, not by the StopIteration that follows it."""

    def refuses(x, y, batch_size):
        raise ValueError("class 1 has no samples")
        yield x, y

    assert said("generator.endless", refuses, epochs, tmp_path) is None


def test_a_stream_that_goes_round_one_order_is_told_wherever_it_is_cut(tmp_path):
    """A round that is shorter than the data set is found, though no two epochs look alike."""

    def short(x, y, batch_size):
        return plain(x[:28], y[:28], batch_size)

    policy = Policy.of(
        kind="generator", samples="arrays", shuffle=True, sampling="with-replacement"
    )
    wide = Scenario(40, 2, epochs=6)

    assert "the same 14 batches of 28 rows come again and again, in one order" == said(
        "shuffling.per-epoch", short, epochs, tmp_path, policy=policy, scenario=wide
    )


def _held_by(iterator):
    yield from iterator


@pytest.mark.parametrize(
    "join",
    [
        pytest.param(lambda iterator: map(list, iterator), id="map"),
        pytest.param(lambda iterator: zip(iterator, iterator), id="zip"),
        pytest.param(lambda iterator: chain.from_iterable(map(list, iterator)), id="chain of map"),
        pytest.param(_held_by, id="generator"),
        pytest.param(lambda iterator: SimpleNamespace(inner=iterator), id="attribute"),
    ],
)
def test_iterators_behind_an_iterator_are_interleaved_too(join):
    """Whatever a stream takes from is found: it is there that two threads get in each other's way."""
    behind = Counted(range(4), range(4), 2)

    assert str(__file__) in files_behind(join(behind))


def test_the_standard_library_is_not_interleaved():
    """Its iterators have locks of their own, and nobody's loader is mended there."""
    parser = csv.DictReader(["a,b"])

    assert not [file for file in files_behind(map(dict, parser)) if file == csv.__file__]
