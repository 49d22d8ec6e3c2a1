"""An augmentation that hides which sample a row is ends in an error that says so, and in no verdict."""

from __future__ import annotations

import numpy as np
import pytest

from refloader.contract.policy import Policy
from refloader.errors import AdapterError
from refloader.session import Session


class Cut:
    """Covers a part of each picture by chance: half of its height, where `share` is 0.5."""

    share = 0.5

    def __init__(self, images, labels, batch_size):
        self.images, self.labels, self.batch_size = images, np.array(labels), batch_size

    def __len__(self):
        return (len(self.images) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        x = self.images[rows].copy()
        x[::2, : int(self.share * x.shape[1])] = 127
        return x, self.labels[rows].copy()


class Whole(Cut):
    """Covers nothing."""

    share = 0.0


class Seldom(Cut):
    """Covers half of one picture in 96, which come in batches of 8."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        rows = self.images[index * self.batch_size :][: len(x)].copy()
        if index == len(self) - 1 and len(x) == 8:
            rows[-1, : rows.shape[1] // 2] = 127
        return rows, y


def session(loader, **policy):
    """Return a session over a loader of pictures in memory."""
    return Session(
        lambda samples, batch_size, seed: loader(samples.images, samples.labels, batch_size),
        Policy.of(**policy),
    )


def test_how_many_rows_are_hidden_is_said():
    """Half of the rows are covered by half: the error counts them, and names what is read through."""
    with session(Cut, augment=True) as judging, pytest.raises(AdapterError) as told:
        judging.probe()

    assert str(told.value).startswith(
        "81 of 159 rows that its loader delivers are augmented beyond"
    )
    assert "identify=" in str(told.value)


@pytest.mark.parametrize(
    ("loader", "policy"), [(Whole, {"augment": True}), (Seldom, {"augment": True}), (Cut, {})]
)
def test_what_hides_nothing_or_is_not_declared_is_judged(loader, policy):
    """Rows that are recognised, but for one of fifty, are judged; so is who covers them and does not say so."""
    with session(loader, **policy) as judging:
        judging.probe()

        assert judging.policy.samples == "arrays"


class Exchanged(Cut):
    """Blends each batch with its own rows in another order, by a share that may be the smaller one."""

    def __init__(self, images, labels, batch_size):
        super().__init__(images, labels, batch_size)
        self.y, self.chance = np.eye(2)[self.labels], np.random.default_rng(0)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = np.arange(len(self.images))[index * self.batch_size :][: self.batch_size]
        mine, others = self.chance.choice([0.1, 0.9]), rows[::-1]
        x, y = (
            mine * arrays[rows] + (1 - mine) * arrays[others] for arrays in (self.images, self.y)
        )
        return x / 255, y


def test_rows_that_their_partners_show_in_are_told_of():
    """Read again, a row shows the other sample: what to do about it is said, and nothing is judged."""
    with session(Exchanged, augment=True) as judging, pytest.raises(AdapterError) as told:
        judging.probe()

    assert "rows show another sample when they are read again" in str(told.value)
    assert str(told.value).endswith("as by share = max(share, 1 - share)")


class DrawsFromTheGlobal(Cut):
    """Covers half of some pictures, as the process-wide generator has it."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        rows = self.images[index * self.batch_size :][: len(x)].copy()
        covered = np.random.random(len(rows)) < 0.4  # noqa: NPY002 - as many draw
        rows[covered, : rows.shape[1] // 2] = 127
        return rows, y


def test_the_probe_finds_the_process_wide_generators_as_they_always_are():
    """What a loader draws from them is the same each time, and so is what is said."""
    said = []
    for seed in (0, 1):
        np.random.seed(seed)  # noqa: NPY002 - the state that it must not matter to be in
        with session(DrawsFromTheGlobal, augment=True) as judging:
            with pytest.raises(AdapterError) as told:
                judging.probe()
            said.append(str(told.value))

    assert said[0] == said[1]
