"""Masks that lie beside their pictures, by as many pixels as an augmentation moves one of them."""

from __future__ import annotations

import numpy as np
import pytest

from refloader.driving.observing.identity import encode_image
from refloader.driving.observing.shifts import shifted

PICTURES = np.stack([encode_image(sample) for sample in range(12)])
MASKS = (PICTURES > 127).astype("uint8")


def moved(array: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return pictures moved by so many pixels, black where nothing is left."""
    found = np.zeros_like(array)
    height, width = array.shape[1:]
    found[:, down:, right:] = array[:, : height - down, : width - right]
    return found


@pytest.mark.parametrize("by", [(0, 2), (2, 2), (3, 0), (0, 4)])
def test_a_mask_that_stays_where_its_picture_moves_is_seen(by: tuple) -> None:
    """From two pixels on, in each row, whichever of the two was moved."""
    assert shifted(moved(PICTURES, *by), MASKS).all()
    assert shifted(PICTURES, moved(MASKS, *by)).all()


def test_crops_of_two_places_are_seen() -> None:
    """They differ by an offset, though neither shows all of the picture."""
    assert shifted(PICTURES[:, :28, :28], MASKS[:, 4:, 2:30]).all()


def test_what_moves_together_is_not_told_of() -> None:
    """Nor what is brighter, noisy, or the other way round."""
    noise = np.random.default_rng(0).normal(0, 40, PICTURES.shape)
    for pictures in (PICTURES, PICTURES * 0.5 + 9, 255 - PICTURES, PICTURES + noise):
        assert not shifted(pictures, MASKS).any()
    assert not shifted(moved(PICTURES, 2, 3), moved(MASKS, 2, 3)).any()


def test_a_mask_that_does_not_show_its_picture_tells_nothing() -> None:
    """Where a box is, around what is in the picture, cannot be seen in it; nor in another sample's."""
    boxes = np.zeros_like(MASKS)
    boxes[:, 8:20, 5:25] = 1

    assert not shifted(PICTURES, boxes).any()
    assert not shifted(PICTURES, np.roll(MASKS, 1, axis=0)).any()


@pytest.mark.parametrize(
    "masks",
    [
        MASKS[..., None],
        np.stack([MASKS, 1 - MASKS], axis=-1),
        np.stack([MASKS, 1 - MASKS], axis=-1).reshape(12, -1, 2),
    ],
    ids=["a channel", "one-hot", "one-hot, in one row"],
)
def test_masks_of_any_form_are_laid_over_their_pictures(masks: np.ndarray) -> None:
    """As models of segmentation take them."""
    colours = np.repeat(PICTURES[..., None], 3, axis=-1)

    assert shifted(moved(PICTURES, 0, 3), masks).all()
    assert shifted(colours.transpose(0, 3, 1, 2), masks).tolist() == [False] * 12


def test_what_has_another_size_is_not_compared() -> None:
    """As a map that is half as wide; nor are texts."""
    assert shifted(PICTURES, MASKS[:, ::2, ::2]) is None
    assert shifted(PICTURES, np.full((12, 32, 32), "a")) is None
