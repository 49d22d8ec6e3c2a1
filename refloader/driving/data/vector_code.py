"""Feature vectors that carry a sample's id, and the reader that finds it after scaling.

The word of an id has a leading bit, 15 scrambled bits and 8 check bits. A vector is the word
followed by its complement, so that each bit is a pair (b, 1 - b) half a vector apart: which of the
two is larger survives scaling, and a row stitched from two vectors has pairs that tie.
Ids 2i and 2i + 1 have opposite words, so no column is constant when two or more samples in order
are standardised by column (one alone is constant whatever the code, and reads as no sample).
"""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

import numpy as np

from refloader.driving.data.codewords import scramble

VECTOR_CAPACITY = 65_536
_PAIRS = 24
VECTOR_LENGTH = 2 * _PAIRS

_BODY, _CHECK = 15, 8
_SPREAD = 0x2B5D  # Odd, so that multiplying by it is reversible modulo 2**15.
_GATHER = pow(_SPREAD, 2 ** (_BODY - 2) - 1, 2**_BODY)

# Column standardisation of three rows halves one pair's distance against another's; what mixes
# two samples three to one, or is no sample at all, falls below this.
_LEAST_SHARE = 0.45


def encode_vector(sample_id: int) -> np.ndarray:
    """Return the vector of one sample: float32 (48,) of zeros and ones.

    Raises ValueError if `sample_id` is outside 0..65535.
    """
    return np.asarray(encode_vectors([sample_id])[0])


def encode_vectors(ids: Union[Sequence[int], np.ndarray]) -> np.ndarray:
    """Return one vector per id: float32 (n, 48). Raises ValueError for an id outside the code."""
    wanted = np.asarray(ids, np.int64).reshape(-1)
    if wanted.size and not 0 <= wanted.min() <= wanted.max() < VECTOR_CAPACITY:
        raise ValueError(f"ids must be in 0..{VECTOR_CAPACITY - 1}, got {ids!r}")
    body = (wanted >> 1) * _SPREAD % 2**_BODY
    bits = (_word(body)[:, None] >> np.arange(_PAIRS)) & 1
    bits ^= (wanted & 1)[:, None]
    return np.concatenate([bits, 1 - bits], axis=1).astype(np.float32)


def decode_vectors(batch: Any) -> np.ndarray:
    """Read the id of each row of a batch.

    `batch` has shape (n, ...) with 48 values a row in their order, any real dtype and scale.
    Returns int64 (n,), -1 where a row is not the vector of exactly one sample.
    Raises ValueError if a row does not have 48 values.
    """
    values = np.asarray(batch)
    if not is_vector_batch(values.shape):
        raise ValueError(f"expected rows of {VECTOR_LENGTH} values, got shape {values.shape}")
    rows = values.reshape(len(values), VECTOR_LENGTH).astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = rows[:, :_PAIRS] - rows[:, _PAIRS:]
        reach = np.abs(apart)
        clear = reach.min(axis=1) >= _LEAST_SHARE * reach.max(axis=1)
        clear &= (reach.max(axis=1) > 0) & np.isfinite(apart).all(axis=1)
        bits = apart > 0
    flipped = bits[:, 0]
    word = ((bits ^ flipped[:, None]).astype(np.int64) << np.arange(_PAIRS)).sum(axis=1)
    body = (word >> 1) % 2**_BODY
    ids = (body * _GATHER % 2**_BODY) * 2 + flipped
    return np.where(clear & (word == _word(body)), ids, -1)


def is_sequence_batch(shape: Sequence[int]) -> bool:
    """Say whether a leaf of this shape can have sequences: of steps that are vectors, or longer than one."""
    if len(shape) == 3:  # noqa: PLR2004 - (n, steps, values)
        return shape[2] == VECTOR_LENGTH
    return len(shape) == 2 and shape[1] > VECTOR_LENGTH  # noqa: PLR2004 - (n, values)


def decode_sequences(batch: np.ndarray) -> np.ndarray:
    """Read the id of each sequence of a batch: of steps (n, steps, 48), or of values (n, more than 48).

    Each step that is not of one value, as padding is, shows the sample. Values are one vector, with padding
    of one value before or behind it. Returns int64 (n,), -1 where a row is not of exactly one sample.
    """
    if batch.ndim == 2:  # noqa: PLR2004 - (n, values)
        ends = [(batch[:, :VECTOR_LENGTH], batch[:, VECTOR_LENGTH:])]
        ends += [(batch[:, -VECTOR_LENGTH:], batch[:, :-VECTOR_LENGTH])]
        read = [np.where(_even(rest), decode_vectors(vector), -1) for vector, rest in ends]
        # By chance a vector that begins with its padding's value is another one two places on. A batch is
        # padded on one side.
        usual, other = sorted(read, key=lambda ids: -np.count_nonzero(ids >= 0))
        return np.where(usual >= 0, usual, other)
    steps = decode_vectors(batch.reshape(-1, VECTOR_LENGTH)).reshape(batch.shape[:2])
    padding = _even(batch)
    best = np.where(padding, -1, steps).max(axis=1, initial=-1)
    return np.where((padding | (steps == best[:, None])).all(axis=1), best, -1)


def padded_steps(batch: np.ndarray) -> Optional[np.ndarray]:
    """Say which steps of each sequence are padding, bool (n, steps); None where there are no steps."""
    stepped = batch.ndim == 3 and batch.shape[2] == VECTOR_LENGTH  # noqa: PLR2004 - (n, steps, values)
    return _even(batch) if stepped else None


def _even(values: np.ndarray) -> np.ndarray:
    """Say along the last axis where all values are one."""
    return np.asarray((values == values[..., :1]).all(axis=-1))


def opposite(sample_id: int) -> int:
    """Return the id that the vector of an id shows when it is inverted, as by 1 - x."""
    return sample_id ^ 1


def is_vector_batch(shape: Sequence[int]) -> bool:
    """Say whether a leaf of this shape has rows of as many values as a vector."""
    return len(shape) > 1 and is_vector(shape[1:])


def is_vector(shape: Sequence[int]) -> bool:
    """Say whether a row of this shape has as many values as a vector."""
    return int(np.prod(shape)) == VECTOR_LENGTH


def _word(body: np.ndarray) -> np.ndarray:
    """Append check bits to scrambled ids; the leading bit is zero."""
    check = (scramble(body.astype(np.uint64)) >> np.uint64(64 - _CHECK)).astype(np.int64)
    return np.asarray((body << 1) | (check << (_BODY + 1)))
