"""The square patterns that stand for sample ids in pictures.

A codeword is a square of binary cells. Three properties make a delivered picture speak for itself:

- all eight turns and mirrorings of a codeword mean the same id, so a flip never hides a sample;
- each half (upper, lower, left, right) holds an even number of set cells, and no two codewords
  share a half. So two codewords differ in at least four cells, and a picture stitched together
  from the halves (or any larger and smaller part) of two pictures is no codeword;
- no outermost row or column is all black or all white, so a picture whose last rows were never
  written is no codeword;
- codewords are rare among all patterns (2**-21 of them for side 6), so noise is none.
"""

from __future__ import annotations

import functools
from typing import List, NamedTuple, Set

import numpy as np

TURNS = 8
"""In how many orientations a square can lie: four turns, and each of them mirrored."""

CAPACITY = {6: 4_096, 8: 65_536}
"""How many ids the picture code holds, by the side of its square of cells."""

# More candidates than are kept: those that share a half with an earlier one are passed over.
_CANDIDATES = {6: 9_500, 8: 68_000}


class Codebook(NamedTuple):
    """The codewords of one side, by id and sorted for look-up."""

    cells: np.ndarray
    """uint8 (capacity, side, side): the cells of each id, 0 or 1."""
    patterns: np.ndarray
    """uint64 (8 * capacity,): every orientation of every codeword as a number, ascending."""
    turned: np.ndarray
    """int64 (8 * capacity,): the id that each of `patterns` stands for, times TURNS, plus its orientation."""


def check_side(side: int) -> None:
    """Raise ValueError unless `side` is a side that a codebook exists for."""
    if side not in CAPACITY:
        raise ValueError(f"side must be one of {sorted(CAPACITY)}, got {side!r}")


@functools.lru_cache(maxsize=None)
def codebook(side: int) -> Codebook:
    """Return the codebook for squares of `side` x `side` cells, built once per process.

    Raises ValueError if no codebook of that side exists.
    """
    check_side(side)
    candidates = _candidates(_CANDIDATES[side], side)
    turned = orientations(candidates)
    kept = _unlike_in_every_half(turned, CAPACITY[side])
    patterns = to_patterns(turned[kept]).ravel()
    order = np.argsort(patterns)
    return Codebook(candidates[kept], patterns[order], order.astype(np.int64))


def lookup(patterns: np.ndarray, side: int) -> np.ndarray:
    """Return id * TURNS + orientation (int64) of each uint64 pattern, -1 where it is no codeword."""
    book = codebook(side)
    place = np.minimum(np.searchsorted(book.patterns, patterns), len(book.patterns) - 1)
    return np.asarray(np.where(book.patterns[place] == patterns, book.turned[place], -1))


def to_patterns(cells: np.ndarray) -> np.ndarray:
    """Pack squares of cells (..., side, side) into uint64 numbers (...,), first cell lowest."""
    count = cells.shape[-2] * cells.shape[-1]
    flat = cells.reshape((*cells.shape[:-2], count))
    packed = np.zeros((*cells.shape[:-2], 8), np.uint8)
    packed[..., : (count + 7) // 8] = np.packbits(flat, axis=-1, bitorder="little")
    return np.asarray(packed.view("<u8")[..., 0], np.uint64)


def orientations(cells: np.ndarray) -> np.ndarray:
    """Return the eight turns and mirrorings (n, 8, side, side) of squares (n, side, side)."""
    turns = [np.rot90(cells, quarter, axes=(1, 2)) for quarter in range(4)]
    return np.stack(turns + [turn[:, :, ::-1] for turn in turns], axis=1)


def scramble(numbers: np.ndarray) -> np.ndarray:
    """Hash uint64 numbers into well mixed uint64 numbers (the splitmix64 finaliser)."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _candidates(count: int, side: int) -> np.ndarray:
    """Return pseudo-random squares whose quadrants have equal parity, so each half is even."""
    hashed = scramble(np.arange(count, dtype=np.uint64)).astype("<u8")
    bits = np.unpackbits(hashed.view(np.uint8).reshape(count, 8), axis=1)
    cells: np.ndarray = bits[:, : side * side].reshape(count, side, side)
    half = side // 2
    wanted = cells[:, :half, :half].sum(axis=(1, 2)) % 2
    for rows, columns, corner in (
        (slice(None, half), slice(half, None), (0, -1)),
        (slice(half, None), slice(None, half), (-1, 0)),
        (slice(half, None), slice(half, None), (-1, -1)),
    ):
        odd = (cells[:, rows, columns].sum(axis=(1, 2)) + wanted) % 2
        cells[:, corner[0], corner[1]] ^= odd.astype(np.uint8)
    return cells


def _unlike_in_every_half(turned: np.ndarray, count: int) -> List[int]:
    """Choose the first `count` candidates of which no two, however turned, share a half."""
    half = turned.shape[-1] // 2
    halves = to_patterns(turned[:, :, :half])
    outermost = turned[:, :, 0].sum(axis=2)
    plain = (outermost % turned.shape[-1] == 0).any(axis=1)
    taken: Set[int] = set()
    kept: List[int] = []
    for candidate, keys in enumerate(halves.tolist()):
        if not plain[candidate] and taken.isdisjoint(keys) and len(set(keys)) == len(keys):
            taken.update(keys)
            kept.append(candidate)
            if len(kept) == count:
                break
    return kept
