"""What becomes of pictures that are a little wider than high."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from refloader import sample_ids
from refloader.contract.chapters.coverage import no_invention
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.drives.unusual import wide_pictures
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench

POLICY = Policy.of()
SCRAMBLED = "9 of 9 rows are no sample of the data set, whose pictures are not square"


class Pictures:
    """Makes something of each picture in memory."""

    def __init__(self, images, labels, batch_size, made):
        self.images, self.labels, self.batch_size, self.made = images, labels, batch_size, made

    def __len__(self):
        return (len(self.images) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return np.stack([self.made(one) for one in self.images[rows]]), np.array(self.labels[rows])


def as_it_is(picture):
    """Leave it."""
    return picture


def width_first(picture):
    """Take the width for the height."""
    height, width, _ = picture.shape
    return picture.reshape(width, height, 3)


def repeated(picture):
    """Take numpy.resize for a resize."""
    return np.resize(picture, (32, 32, 3))


def cropped(picture):
    """Cut the middle out, as is done with photographs: 224 of 256 pixels of the shorter side."""
    fitted = ImageOps.fit(Image.fromarray(picture), (64, 64))
    return np.asarray(fitted)[4:60, 4:60]


def flattened(picture):
    """Put all values in one row."""
    return picture.reshape(-1)


def left_blank(picture):
    """Put a blank picture where it is not 32 x 32, as where a file is bad."""
    return picture if picture.shape == (32, 32, 3) else np.zeros((32, 32, 3), "uint8")


def one_size_only(picture):
    """Raise for all that is not 32 x 32."""
    return picture.reshape(32, 32, 3)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (as_it_is, None),
        (cropped, None),
        (flattened, None),
        (one_size_only, None),
        (left_blank, None),
        (width_first, SCRAMBLED),
        (repeated, SCRAMBLED),
    ],
)
@pytest.mark.parametrize("augment", [False, True])
def test_a_picture_that_is_scrambled_unless_it_is_square_is_no_sample(
    tmp_path, made, said, augment
):
    """What is no picture any more, or is refused, is not asked."""

    def factory(samples, batch_size, seed):
        return Pictures(samples.images, samples.labels, batch_size, made)

    policy = Policy.of(augment=augment)
    ledger = wide_pictures(
        Bench(factory, policy, str(tmp_path)), Scenario(9, 4, classes=3), no_progress
    )

    assert said == no_invention(ledger, policy)


def test_who_tells_the_samples_himself_is_not_asked(tmp_path):
    """An identify= may know pictures of the usual size alone."""

    def factory(samples, batch_size, seed):
        return Pictures(samples.images, samples.labels, batch_size, width_first)

    bench = Bench(factory, POLICY, str(tmp_path), lambda batch: sample_ids(batch[0]))

    assert not wide_pictures(bench, Scenario(9, 4), no_progress).events
