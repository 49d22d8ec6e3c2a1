"""Worker processes of the suite's own serve epochs, and what goes wrong in them is judged."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import weakref

import numpy as np
import pytest

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drivers import Drive
from refloader.driving.drives.pools import pools, processes
from refloader.driving.observing.recording import no_progress
from refloader.driving.processes.stillness import APART_SECONDS, FEEDING, IMPORTING, READING
from refloader.driving.processes.sweeping import patience_with
from refloader.driving.subject import Bench

STRICT = Policy.of(samples="arrays")
SHUFFLED = Policy.of(samples="arrays", shuffle=True)
SCENARIO = Scenario(13, 4)
FORK, SPAWN, FORKSERVER = pools()


class Shuffled:
    """Serves a new order in each epoch, which travels with it."""

    def __init__(self, x, y, batch_size, seed):
        self.x, self.y, self.batch_size = x, y, batch_size
        self.rng = np.random.RandomState(seed)
        self.on_epoch_end()

    def on_epoch_end(self):
        """Draw the next order."""
        self.order = self.rng.permutation(len(self.x))

    def __len__(self):
        return (len(self.x) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.x[rows], self.y[rows]


class LeavesTheOrder(Shuffled):
    """Is pickled without its order."""

    def __reduce__(self):
        return LeavesTheOrder, (self.x, self.y, self.batch_size, 0)


class Unpicklable(Shuffled):
    """Has a lambda among its attributes."""

    def on_epoch_end(self):
        """Draw the next order, and get what cannot be pickled."""
        super().on_epoch_end()
        self.transform = lambda x: x


class NeverArrives(Shuffled):
    """Is pickled well, and raises when unpickled."""

    def __setstate__(self, state):
        raise OSError("no such folder here")


class EndsItsWorker(Shuffled):
    """Ends the process that reads batch 1."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self.born = os.getpid()

    def __getitem__(self, index):
        if index == 1 and os.getpid() != self.born:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(index)


class OneFile(Shuffled):
    """Reads its rows from a file that it opened when it was built."""

    def __init__(self, x, y, batch_size, seed):
        with tempfile.NamedTemporaryFile() as file:
            file.write(np.ascontiguousarray(x).tobytes())
            file.flush()
            self.opened = os.open(file.name, os.O_RDONLY)
        weakref.finalize(self, os.close, self.opened)
        super().__init__(x, y, batch_size, seed)

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        size = self.x[0].nbytes
        data = [np.frombuffer(self.read(row * size, size), self.x.dtype) for row in rows]
        return np.stack(data).reshape(len(rows), *self.x.shape[1:]), self.y[rows]

    def read(self, place, size):
        """Go there and read."""
        os.lseek(self.opened, place, os.SEEK_SET)
        return os.read(self.opened, size)


class OneFileInOrder(OneFile):
    """Ends each epoch at the end of its file."""

    def on_epoch_end(self):
        """Keep the order."""
        self.order = np.arange(len(self.x))


class OneFileAnyPlace(OneFile):
    """Reads from any place of it, without going there."""

    def read(self, place, size):
        """Read at a place."""
        return os.pread(self.opened, size, place)


class OneFileInTurn(OneFile):
    """Lets one process at a time go there and read."""

    def __init__(self, *args):
        self.turn = multiprocessing.Lock()
        super().__init__(*args)

    def read(self, place, size):
        """Go there and read, while nobody else does."""
        with self.turn:
            return super().read(place, size)


def drive(loader, pool, tmp_path, policy=SHUFFLED, tick=no_progress):
    """Return the ledger of worker processes that read a loader."""

    def make(samples, batch_size, seed):
        return loader(*samples.arrays, batch_size, seed)

    return processes(Bench(make, policy, str(tmp_path)), SCENARIO, tick, pool)


def said(slug, ledger):
    """Return what a requirement says of a drive."""
    return find(slug).judge(ledger, SHUFFLED)


@pytest.mark.parametrize(
    ("loader", "told"),
    [(OneFile, True), (OneFileInOrder, True), (OneFileAnyPlace, False), (OneFileInTurn, False)],
)
def test_a_file_that_forked_workers_share_is_told(loader, told, tmp_path):
    """Its position is one for all of them; whoever does not use it, or takes turns, is right."""
    ledger = drive(loader, FORK, tmp_path)

    assert told == bool(ledger.facts["moved_files"])
    assert told == ("read on in one open" in str(said("workers.start-methods", ledger)))


@pytest.mark.parametrize("pool", pools(), ids=lambda pool: pool.method)
def test_workers_serve_what_one_process_serves(pool, tmp_path):
    """Under each start method its epochs arrive whole, in the order of the index."""
    ledger = drive(Shuffled, pool, tmp_path)
    alone = [event.batch.digest for event in ledger.phase("alone")]

    assert [0, 1, 2, 3] * pool.epochs == [event.index for event in ledger.phase("workers")]
    assert alone == [event.batch.digest for event in ledger.phase("workers")]


def test_each_epoch_has_two_workers_of_its_own(tmp_path):
    """The pool is made anew: four processes read two epochs, none of them this one."""
    pids = [pid for crew in drive(Shuffled, FORK, tmp_path).facts["pids"].values() for pid in crew]

    assert 4 == len(set(pids) - {os.getpid()})


def test_every_batch_is_reported_as_it_comes(tmp_path):
    """Each of sixteen reads is a sign of life for whoever watches the drive."""
    ticks = []
    drive(Shuffled, FORK, tmp_path, tick=lambda: ticks.append(1))

    assert len(ticks) >= 16


def test_a_copy_that_leaves_the_order_behind_is_out_of_step(tmp_path):
    """The second epoch under a fork server is not the trainer's; under fork nothing is lost."""
    assert said("workers.epoch-sync", drive(LeavesTheOrder, FORK, tmp_path)) is None
    assert "under forkserver the workers do not follow the epoch: batch 0 of epoch 1" in said(
        "workers.epoch-sync", drive(LeavesTheOrder, FORKSERVER, tmp_path)
    )


@pytest.mark.parametrize("pool", [SPAWN, FORKSERVER], ids=lambda pool: pool.method)
def test_what_cannot_be_sent_is_refused_under_the_method_by_name(pool, tmp_path):
    """The sentence names the start method and quotes what pickle said."""
    found = said("workers.start-methods", drive(Unpicklable, pool, tmp_path))

    assert found.startswith(f"under {pool.method} it cannot be sent to a worker: ")
    assert "lambda" in found


def test_what_raises_on_arrival_is_quoted(tmp_path):
    """An error in a worker's unpickling is the error of every batch that it was to read."""
    ledger = drive(NeverArrives, SPAWN, tmp_path)

    assert (
        "under spawn, reading batch 0 of epoch 0 raised RuntimeError: it arrives broken "
        "(from OSError: no such folder here)"
    ) == said("workers.start-methods", ledger)


def test_a_worker_that_dies_is_an_error_and_no_hang(tmp_path):
    """The batches of the dead worker are errors that tell its status; the others arrive."""
    ledger = drive(EndsItsWorker, SPAWN, tmp_path)
    read = [event.error for event in ledger.phase("workers") if event.epoch == 0]

    died = "its worker process ended with status -9"
    assert [None, died, None, died] == read


@pytest.mark.parametrize("pool", [SPAWN, FORKSERVER])
def test_fresh_interpreters_may_import_a_framework(pool):
    """Workers that are not forked import the loader's module, and a framework with it, at once."""
    forked = Drive("processes", SCENARIO, FORK)
    fresh = Drive("processes", SCENARIO, pool)

    assert (READING, IMPORTING) == (patience_with(forked), patience_with(fresh))


@pytest.mark.parametrize("driver", ["pickling", "seeds", "resumed"])
def test_a_drive_in_a_fresh_process_may_import_a_framework(driver):
    """The one variant that reads elsewhere gets the time that an import takes."""
    found = [patience_with(Drive(driver, SCENARIO, fresh)) for fresh in (False, True)]

    assert [READING, IMPORTING] == found


def test_a_framework_that_ends_its_readers_is_given_three_times_five_seconds():
    """That Keras waits for its own enqueuers, at one place, is no hang of the loader."""
    assert patience_with(Drive("training", SCENARIO, None)) == FEEDING
    assert FEEDING.looks * APART_SECONDS > 3 * 5 + APART_SECONDS


@pytest.mark.parametrize("patience", [READING, IMPORTING, FEEDING])
def test_native_code_of_a_framework_is_given_the_longest_period_of_its_tuner(patience):
    """tf.data tunes at least once a minute, and may be freed at the beginning of one; by whom reads it too."""
    assert (patience.native - 1) * APART_SECONDS > 60
