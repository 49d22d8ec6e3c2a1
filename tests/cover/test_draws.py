"""What the drive that compares random numbers is made over."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drives.draws import draws
from refloader.driving.drives.plain import shuffles
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench


class Noisy:
    """Adds noise to pictures, from a generator that each worker has a copy of."""

    def __init__(self, samples, batch_size, seed):
        self.paths, self.labels, self.batch_size = samples.paths, samples.labels, batch_size
        self.random = np.random.default_rng(seed)

    def __len__(self):
        return (len(self.paths) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        rows = range(len(self.paths))[index * self.batch_size : (index + 1) * self.batch_size]
        x = np.stack([np.asarray(Image.open(self.paths[row]), "float32") for row in rows])
        return x + self.random.normal(size=x.shape), np.array([self.labels[row] for row in rows])


class Anew(Noisy):
    """Has a new generator for each batch."""

    def __getitem__(self, index):
        self.random = np.random.default_rng()
        return super().__getitem__(index)


def by_labels(batch):
    """Tell the samples by what stands in y, which that drive does not hand over."""
    return batch[1].tolist()


class TakesTargets(Noisy):
    """Gives the labels to a layer that computes the loss."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return [x, y], np.zeros(len(y))


@pytest.mark.parametrize("formats", ["jpeg", "png", "jpeg-and-png"])
@pytest.mark.parametrize("identify", [None, by_labels])
@pytest.mark.parametrize(("factory", "alike"), [(Anew, False), (Noisy, True), (TakesTargets, True)])
def test_random_numbers_are_compared_whatever_the_files(
    tmp_path, formats, identify, factory, alike
):
    """All samples are alike in files of one format too, and nobody is asked which they are."""
    policy = Policy.of(samples="image-files", formats=formats, augment=True)
    bench = Bench(factory, policy, str(tmp_path), identify)
    ledger = draws(bench, Scenario(96, 4), no_progress)

    assert alike == bool(find("workers.independent-randomness").judge(ledger, policy))


class FlipsNothing(Anew):
    """Throws away what the augmentation returns."""

    def __getitem__(self, index):
        rows = range(len(self.paths))[index * self.batch_size : (index + 1) * self.batch_size]
        x = np.stack([np.asarray(Image.open(self.paths[row])) for row in rows])
        return x, np.array([self.labels[row] for row in rows])


class BlendsTwo(FlipsNothing):
    """Blends each picture with a little of another one of the batch, drawn anew."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return 0.95 * x + 0.05 * x[self.random.permutation(len(x))], y


@pytest.mark.parametrize(
    ("factory", "augment", "said"),
    [
        (
            FlipsNothing,
            True,
            "in 280 rows of 40 samples each sample has one picture: nothing is augmented",
        ),
        (FlipsNothing, False, None),
        (BlendsTwo, True, None),
    ],
)
def test_an_augmentation_that_never_shows_is_told(tmp_path, factory, augment, said):
    """Each sample is the same then whenever it comes."""
    policy = Policy.of(samples="image-files", augment=augment)
    bench = Bench(factory, policy, str(tmp_path))
    ledger = shuffles(bench, Scenario(40, 4, epochs=4), no_progress)

    assert said == find("workers.independent-randomness").judge(ledger, policy)


class Seldom(FlipsNothing):
    """Adds noise to one batch in ten; to none of epoch 1, as chance has it."""

    epoch = 0

    def on_epoch_end(self):
        """Count the epochs."""
        self.epoch += 1

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        chance = np.random.default_rng([29, self.epoch, index])
        return (x + chance.normal(size=x.shape) if chance.random() < 0.1 else x), y


class SeldomAndAlike(Seldom):
    """Draws for two batches that stand side by side as if they were one."""

    def __getitem__(self, index):
        return super().__getitem__(index // 2)


@pytest.mark.parametrize(
    ("factory", "said"),
    [(Seldom, None), (SeldomAndAlike, "in epoch 0 both workers drew the same random numbers")],
)
def test_what_may_be_an_accident_is_not_told(tmp_path, factory, said):
    """Two workers that both leave an epoch as it was have not drawn alike, if most batches are left so."""
    policy = Policy.of(samples="image-files", augment=True)
    ledger = draws(Bench(factory, policy, str(tmp_path)), Scenario(96, 4, epochs=4), no_progress)

    assert said == find("workers.independent-randomness").judge(ledger, policy)


class Kept(Anew):
    """Keeps its first batch for ever."""

    first = None

    def __getitem__(self, index):
        if index == 0 and self.first is None:
            self.first = super().__getitem__(0)
        return self.first if index == 0 else super().__getitem__(index)


def test_one_batch_that_is_augmented_once_is_told(tmp_path):
    """The other batches are drawn anew in each epoch."""
    policy = Policy.of(samples="image-files", augment=True)
    ledger = draws(Bench(Kept, policy, str(tmp_path)), Scenario(96, 4), no_progress)
    said = find("workers.independent-randomness").judge(ledger, policy)

    assert said == (
        "batch 0 is the same to the byte in each of 12 epochs, and others are drawn anew: it was augmented once"
    )
