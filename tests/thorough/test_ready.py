"""A ready loader over data of its own is judged by the content of its samples."""

from __future__ import annotations

import threading

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


def arrays():
    """Return x and y of rows that are all different."""
    return some_loaders.arrays(ROWS)


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


def with_equal_rows(*pairs):
    """Return arrays in which some rows are those before them again."""
    x, y = some_loaders.arrays(41)
    for first, again in pairs:
        x[again], y[again] = x[first], y[first]
    return x, y


def test_equal_samples_ask_for_the_size():
    """Whether equal rows are data or a fault, the number of samples tells."""
    loader = some_loaders.Slices(*with_equal_rows((1, 9)), 4)

    with pytest.raises(UsageError, match=r"1 of the loader's 41 samples have .* say with --n"):
        ready.session(loader, Policy())


@pytest.mark.parametrize(
    "pairs",
    [
        pytest.param([(1, 9), (2, 10)], id="two in a row"),
        pytest.param([(1, 9), (3, 20), (5, 30)], id="many"),
    ],
)
def test_equal_samples_that_are_no_chance_are_refused_in_words(pairs):
    """Rows that come again together were read twice, perhaps: content is no identity then."""
    loader = some_loaders.Slices(*with_equal_rows(*pairs), 4)

    with pytest.raises(UsageError, match="cannot be told from it: give --identify"):
        ready.session(loader, Policy(), n=41)


def test_equal_rows_of_the_data_are_counted():
    """A data set that holds a row twice loses and repeats nothing when both are delivered."""
    loader = some_loaders.Slices(*with_equal_rows((1, 9)), 4)
    with ready.session(loader, Policy(), n=41, training=False) as session:
        found = {
            one.requirement: str(one.witness)
            for one in session.results(ready.judged(choose()))
            if one.broken
        }

        assert {} == found
        assert session.alike == 2


@pytest.mark.parametrize(
    ("kind", "slug"),
    [(some_loaders.DroppedTail, "coverage.no-loss"), (some_loaders.Repeats, "coverage.no-repeat")],
)
def test_a_fault_shows_beside_equal_rows_of_the_data(kind, slug):
    """That two rows are equal hides no other that is lost or comes again."""
    loader = kind(*with_equal_rows((1, 9)), 4)
    with ready.session(loader, Policy(), n=41, training=False) as session:
        (result,) = session.results(choose((slug,)))

    assert "fail" == result.verdict


def test_a_batch_without_rows_is_judged():
    """Slices beyond the end are empty: that is for protocol.bounds to tell."""
    loader = some_loaders.NoBounds(*arrays(), 4)
    with ready.session(loader, Policy(), n=ROWS, training=False) as session:
        results = list(session.results(ready.judged(choose(("protocol", "coverage")))))

    assert ["protocol.bounds"] == [one.requirement for one in results if one.verdict != "pass"]


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
