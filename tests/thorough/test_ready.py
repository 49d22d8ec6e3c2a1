"""A ready loader over data of its own is judged by the content of its samples."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import some_loaders
from click.testing import CliRunner

from refloader import ready
from refloader.cli import main
from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE, choose
from refloader.errors import UsageError

ROWS = 21
SLUGS = ("protocol.length", "coverage.no-loss", "purity.repeatable")


def arrays(rows=ROWS):
    """Return x and y of rows that are all different."""
    return np.random.RandomState(3).rand(rows, 5).astype("float32"), np.arange(rows) % 3


def verdicts(loader, n=None, **policy):
    """Return the verdict on a few requirements."""
    with ready.session(loader, Policy.of(**policy), n=n, training=False) as session:
        return {one.requirement: one.verdict for one in session.results(choose(SLUGS))}


def test_a_good_loader_passes():
    """A loader that delivers its data once keeps what can be judged."""
    assert {"pass"} == set(verdicts(some_loaders.Slices(*arrays(), 4), ROWS).values())


def test_the_size_that_is_declared_is_due():
    """What a loader never delivers is missing from a data set of the declared size."""
    found = verdicts(some_loaders.DroppedTail(*arrays(), 4), ROWS)

    assert "fail" == found["coverage.no-loss"]


def test_equal_samples_are_refused_in_words():
    """Where content is no identity, that is said before anything is judged."""
    x, y = arrays()
    x[4], y[4] = x[1], y[1]

    with pytest.raises(UsageError, match="1 of the loader's samples have the content of another"):
        ready.session(some_loaders.Slices(x, y, 4), Policy())


def test_an_augmented_loader_needs_identify():
    """Content that changes with each read identifies nothing."""
    with pytest.raises(UsageError, match="give --identify"):
        ready.session(some_loaders.Slices(*arrays(), 4), Policy(augment=True))


def test_a_loader_that_cannot_be_copied_is_refused():
    """A loader that holds a lock is judged through a function that builds it."""
    loader = some_loaders.Slices(*arrays(), 4)
    loader.lock = threading.Lock()

    with pytest.raises(UsageError, match="cannot be copied"):
        ready.session(loader, Policy())


def test_every_requirement_that_it_is_held_to_exists():
    """No slug of the list is misspelt."""
    assert set() == set(ready.OWN) - set(CATALOGUE)


def test_the_command_takes_a_loader(tmp_path, monkeypatch):
    """MODULE:LOADER is judged like MODULE:FACTORY, and says how much of the contract that was."""
    monkeypatch.syspath_prepend(str(tmp_path))
    source = (
        "import numpy as np\n"
        "class Rows:\n"
        "    x = np.random.RandomState(0).rand(10, 3)\n"
        "    def __len__(self): return 3\n"
        "    def __getitem__(self, index):\n"
        "        if not 0 <= index < 3: raise IndexError(index)\n"
        "        rows = slice(4 * index, 4 * index + 4)\n"
        "        return self.x[rows].copy(), self.x[rows, :1].copy()\n"
        "loader = Rows()\n"
    )
    (tmp_path / "own_rows.py").write_text(source, encoding="utf-8")

    result = CliRunner().invoke(
        main, ["check", "own_rows:loader", "--n", "10", "--only", "coverage"]
    )

    assert 0 == result.exit_code, result.output
    assert "ran 3 of 3 requirements" in result.output


def test_the_size_of_a_factory_is_its_own():
    """--n beside a factory is a mistake, and told as one."""
    result = CliRunner().invoke(main, ["check", "refloader.demo.seed_loader:make", "--n", "5"])

    assert (2, True) == (result.exit_code, "--n is the size of a ready loader" in result.output)
