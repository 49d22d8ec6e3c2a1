"""A keyed permutation of 0..n-1 that is computed, not stored.

A Feistel network permutes the numbers of bit_length(n - 1) bits; a result of n or more goes through
it again until it falls below n (cycle walking). Both steps can be undone, so no two positions meet.
As 2**bits is below 2n, less than one extra round trip a position is expected, whatever n is.

Halves of very few bits have too few functions to be mixed well: of 5 or 6 samples some orders came
up measurably more often than others. So few are put in the order of random words instead.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS = 12
_FEW = 256
# NumPy takes hardly longer for so many positions than for those of one batch.
_BLOCK = 512
_BLOCKS_KEPT = 128
_DOMAIN = 0x5EED0001  # Keeps these keys apart from whatever else is derived from the same seed.
_WORD = 0xFFFFFFFF
# The constants are uint64 so that no NumPy version makes the arithmetic signed or floating.
_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_HALF_WORD = np.uint64(32)


def stretch(first: int, last: int, n: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return what stands at the positions first..last-1, as `permute` does, faster in the long run.

    What stands around them is computed with them and kept for the next batches.
    """
    if last - first > _BLOCK:
        return permute(np.arange(first, last, dtype=np.int64), n, seed, epoch)
    numbers = range(first // _BLOCK, -(-last // _BLOCK))
    ids = [np.empty(0, np.int64), *(_block(number, n, seed, epoch) for number in numbers)]
    begin = first // _BLOCK * _BLOCK
    return np.concatenate(ids)[first - begin : last - begin]


@lru_cache(maxsize=_BLOCKS_KEPT)
def _block(number: int, n: int, seed: int, epoch: int) -> NDArray[np.int64]:
    begin = number * _BLOCK
    return permute(np.arange(begin, min(begin + _BLOCK, n), dtype=np.int64), n, seed, epoch)


def permute(positions: NDArray[np.int64], n: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return what stands at these positions in the order of an epoch.

    :param positions: int64 (k,), each in 0..n-1.
    :param n: how many numbers are permuted, below 2**63.
    :param seed: 0 or more, of any size.
    :param epoch: 0 or more; each has an order of its own.
    """
    if n <= _FEW:
        # A tie of two words of 64 bits is broken by position, always the same way.
        order = np.argsort(_words(seed, epoch, n), kind="stable").astype(np.int64)
        return order[positions]
    bits = (n - 1).bit_length()
    keys = _words(seed, epoch, _ROUNDS)
    values = _feistel(positions.astype(np.uint64), bits, keys)
    outside = np.flatnonzero(values >= np.uint64(n))
    while outside.size:
        values[outside] = _feistel(values[outside], bits, keys)
        outside = outside[values[outside] >= np.uint64(n)]
    return values.astype(np.int64)


def _words(seed: int, epoch: int, count: int) -> NDArray[np.uint64]:
    """Return random numbers of 64 bits that are a function of seed and epoch."""
    # The seed comes last because it alone has no fixed number of words.
    entropy = [_DOMAIN, epoch & _WORD, epoch >> 32, seed]
    halves = np.random.SeedSequence(entropy).generate_state(2 * count, np.uint32)
    # Joined by hand: SeedSequence's own 64-bit words depend on the machine's byte order.
    high, low = halves.astype(np.uint64).reshape(2, count)
    words: NDArray[np.uint64] = (high << _HALF_WORD) | low
    return words


def _feistel(values: NDArray[np.uint64], bits: int, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Permute the numbers of that many bits; the halves may differ in width by one bit."""
    width = np.uint64(bits // 2)
    masks = _mask(bits - bits // 2), _mask(bits // 2)
    left, right = values >> width, values & masks[1]
    for even, odd in zip(keys[0::2], keys[1::2]):
        left = left ^ (_mix(right + even) & masks[0])
        right = right ^ (_mix(left + odd) & masks[1])
    joined: NDArray[np.uint64] = (left << width) | right
    return joined


def _mask(bits: int) -> NDArray[np.uint64]:
    return np.array((1 << bits) - 1, np.uint64)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter 64-bit numbers: the output step of the splitmix64 generator."""
    first, second = _MULTIPLIERS
    values = (values ^ (values >> _SHIFTS[0])) * first
    values = (values ^ (values >> _SHIFTS[1])) * second
    mixed: NDArray[np.uint64] = values ^ (values >> _SHIFTS[2])
    return mixed
