"""The bench times what `fit` really consumes."""

from __future__ import annotations

import numpy as np
import pytest
from presence import needs_fit

from refloader.bench.competitors import BATCH, FIT_ALONE, Feed, fit_alone, installed
from refloader.bench.corpora import CORPORA
from refloader.bench.fitting import fitted

SIZE = (4, 4)


def feed_of(images):
    """Return so many pictures in memory, as what is timed."""
    data = np.zeros((images, *SIZE, 3), "float32"), np.zeros(images)
    return Feed(lambda: iter([images]), data, {"no such argument": 1})


def test_each_epoch_of_fit_has_figures():
    """Two epochs over a batch and a half: all pictures are counted, and took time."""
    images = BATCH + BATCH // 2
    figures = fitted(feed_of(images), SIZE, images, 2)

    assert [images, images] == [one["images"] for one in figures]
    assert all(one["rate"] > 0 < one["first_batch"] for one in figures)


@needs_fit
def test_training_alone_is_timed_over_as_many_pictures(tmp_path):
    """The limit of what feeds a model is one batch from memory, as often as there are files for it."""
    corpus, images = CORPORA["small"], BATCH + 3
    (tmp_path / "class0").mkdir()
    for number in range(images):
        (tmp_path / "class0" / f"{number}.png").touch()
    figures = fitted(fit_alone(tmp_path, corpus), corpus.image_size, images, 2)

    assert [images, images] == [one["images"] for one in figures]


def test_training_alone_is_no_way_of_loading():
    """It is timed beside what feeds a model, and beside nothing else."""
    assert FIT_ALONE not in installed()
    assert FIT_ALONE in installed("fit")


def test_an_epoch_that_lacks_a_batch_is_no_figure():
    """What is faster because it does less is refused."""
    with pytest.raises(RuntimeError, match="an epoch of 96 files had 2 batches"):
        fitted(feed_of(2 * BATCH), SIZE, 3 * BATCH, 1)
