"""How the weights of pixels lie, beside their picture."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

import numpy as np
import pytest

from refloader.contract.judging.views import weights_left
from refloader.contract.ledger import Batch, Event, Ledger, Scenario, View
from refloader.driving.data.image_code import encode_images
from refloader.driving.observing.observe import observe


@pytest.fixture
def pictures() -> np.ndarray:
    """Two pictures in colour, float (2, 32, 32, 3)."""
    return encode_images([3, 8])[..., None].repeat(3, axis=-1) / np.float32(255)


def lying(x: np.ndarray, weights: np.ndarray) -> Dict[str, Tuple[bool, ...]]:
    """Return what is seen of the weights of a batch whose y is a label."""
    return observe((x, np.arange(len(x)), weights)).masks_aligned


def flipped(rows: np.ndarray) -> np.ndarray:
    """Mirror the second row."""
    return np.stack([rows[0], rows[1, :, ::-1]])


def test_weights_that_lie_as_their_picture_are_right(pictures: np.ndarray) -> None:
    """Both as they were, or both flipped."""
    weights = 1 + pictures.mean(axis=-1)

    assert lying(pictures, weights) == {"sample_weight": (True, True)}
    assert lying(flipped(pictures), flipped(weights)) == {"sample_weight": (True, True)}


def test_weights_left_as_they_were_are_seen(pictures: np.ndarray) -> None:
    """Of two pictures the flipped one has weights that lie otherwise; so it is the other way round."""
    weights = 1 + pictures.mean(axis=-1)

    assert lying(flipped(pictures), weights) == {"sample_weight": (True, False)}
    assert lying(pictures, flipped(weights)) == {"sample_weight": (True, False)}


def test_weights_of_another_view_are_right(pictures: np.ndarray) -> None:
    """What is to be made of the picture may lie otherwise, and have the weights."""
    weights = 1 + pictures.mean(axis=-1)
    batch = observe((flipped(pictures), pictures, weights))

    assert batch.masks_aligned["sample_weight"] == (True, True)


@pytest.mark.parametrize(
    "weights",
    [np.ones(2), np.ones((2, 1)), np.ones((2, 32, 32)), np.tile(np.eye(32), (2, 1, 1))],
    ids=["one a row", "a column", "all alike", "no picture"],
)
def test_other_weights_tell_nothing(pictures: np.ndarray, weights: np.ndarray) -> None:
    """What shows no sample may lie as it likes."""
    assert all(map(all, lying(flipped(pictures), weights).values()))


def views(x: np.ndarray, weights: np.ndarray, *more: np.ndarray) -> Tuple[Optional[View], ...]:
    """Return how pictures lie whose pixels weigh so; y is a label, or another picture."""
    y = more[0] if more else np.arange(len(x))
    return observe((x, y, weights)).weight_views["sample_weight"]


def test_weights_that_show_nothing_are_known_again(pictures: np.ndarray) -> None:
    """A map with one heavy corner has one hash beside a flipped picture, and another when it is flipped."""
    corner = np.ones((2, 32, 32), "float32")
    corner[:, :9, :5] = 4
    upright, left, moved = (
        views(pictures, corner),
        views(flipped(pictures), corner),
        views(flipped(pictures), flipped(corner)),
    )

    assert upright[1] is not None
    assert left[1] is not None
    assert moved[1] is not None
    assert upright[1].turn != left[1].turn == moved[1].turn
    assert upright[1].digest == left[1].digest != moved[1].digest


def test_weights_that_may_stay_have_no_view(pictures: np.ndarray) -> None:
    """A border all around is the same when it is flipped; weights may be of a target that lies otherwise."""
    border = np.ones((2, 32, 32), "float32")
    border[:, 2:-2, 2:-2] = 2
    corner = np.ones((2, 32, 32), "float32")
    corner[:, :9, :5] = 4

    assert views(flipped(pictures), border) == (None, None)
    assert views(flipped(pictures), corner, pictures)[1] is None


def read(samples: int, *, own: bool) -> Ledger:
    """Return the record of two epochs, in the second of which all pictures are flipped and no weights are."""
    events = []
    for epoch in range(2):
        for one in range(samples):
            view = View(4 * epoch, str(one) if own else "all")
            batch = Batch(
                "(x, y, sample_weight)", (), (one,), weight_views={"sample_weight": (view,)}
            )
            events.append(Event("epoch", epoch, one, batch))
    return Ledger("epochs", Scenario(samples, 1), tuple(events))


def test_weights_left_behind_are_told() -> None:
    """Weights of a picture of its own, the same when it is flipped, are told of."""
    assert "sample 0" in str(weights_left(read(9, own=True)))


def test_weights_of_a_lens_are_not_told() -> None:
    """Weights that are the same for all samples may stay; of a few samples nothing is said."""
    assert weights_left(read(9, own=False)) is None
    assert weights_left(read(3, own=True)) is None
