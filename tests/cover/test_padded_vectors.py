"""Rows that are padded to the longest of their batch show their samples, however many there are."""

from __future__ import annotations

import numpy as np
import pytest

from refloader.driving.data.vector_code import decode_sequences, encode_vectors

MANY = np.arange(45_000)


@pytest.mark.parametrize("behind", [True, False])
@pytest.mark.parametrize("padding", [1, 2, 5])
def test_no_padded_row_is_taken_for_another_sample(padding, behind):
    """Some vectors begin or end as padding does, and are those of other samples a place or two on."""
    values = encode_vectors(MANY).astype("float32")
    zeros = np.zeros((len(values), padding), "float32")
    rows = np.concatenate([values, zeros] if behind else [zeros, values], axis=1)

    assert (decode_sequences(rows) == MANY).all()
