"""What is measured of each row of the leaf that shows the samples."""

from __future__ import annotations

import numpy as np

from refloader.driving.data.vector_code import encode_vectors
from refloader.driving.observing.measures import measured

PADDED = np.zeros((2, 3, encode_vectors([3]).shape[1]), "float32")
PADDED[0] = encode_vectors([3])
PADDED[1, 1:] = encode_vectors([4])


def test_padding_and_the_steps_beside_it_are_told_together() -> None:
    """Steps of one value throughout are padding, wherever they stand in their row."""
    found = measured(PADDED, coded=True)

    assert ((3, 2), ((), (0,))) == (found["steps"], found["padding"])


def test_of_a_users_own_data_neither_scale_nor_colours_are_told() -> None:
    """Both are known of the suite's own code alone."""
    assert {"steps", "padding"} == measured(PADDED, coded=False).keys()
    assert {"steps", "padding", "spans", "levels", "colours"} == measured(PADDED, coded=True).keys()


def test_nothing_is_measured_of_objects_and_of_no_rows() -> None:
    """Nor where there is no leaf at all."""
    for array in (None, np.array(["a", None]), np.zeros((0, 4)), np.zeros(())):
        assert {} == measured(array, coded=True)
