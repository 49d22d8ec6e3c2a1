"""How the weights of pixels lie, beside their picture."""

from __future__ import annotations

from typing import Dict, Tuple

import numpy as np
import pytest

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
