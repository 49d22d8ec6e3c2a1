"""The statistics of shuffled orders: whether places and neighbours are as even as chance has it."""

from __future__ import annotations

import math
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

#: Fewer epochs say too little.
MANY_EPOCHS = 64
# The normal quantile of one in two million: the two statistics together err once in a million.
QUANTILE = 4.89


class Evenness(NamedTuple):
    """A chi-square statistic of counts, its limit, and the count that is furthest off.

    first, second -- the sample, and its position or follower; times -- how often, `of` so many
    orders; due -- how often on average
    """

    statistic: float
    limit: float
    first: int
    second: int
    times: int
    of: int
    due: float


def positions(orders: Sequence[Sequence[int]]) -> Evenness:
    """Judge how often each sample stands at each position."""
    n = len(orders[0])
    counts = np.zeros((n, n))
    for order in orders:
        counts[list(order), range(n)] += 1
    return _evenness(counts, len(orders) / n, (n - 1) ** 2, len(orders))


def followers(orders: Sequence[Sequence[int]]) -> Evenness:
    """Judge how often each sample comes right before each other."""
    n = len(orders[0])
    counts = np.zeros((n, n))
    for order in orders:
        counts[list(order[:-1]), list(order[1:])] += 1
    due = len(orders) / n
    # No sample follows itself: as if it had done so as often as is due.
    np.fill_diagonal(counts, due)
    return _evenness(counts, due, n * (n - 1) - 1, len(orders))


def _evenness(counts: np.ndarray, due: float, freedom: int, orders: int) -> Evenness:
    first, second = _furthest(counts, due)
    statistic = float(((counts - due) ** 2 / due).sum())
    times = int(counts[first, second])
    return Evenness(statistic, limit(freedom), first, second, times, orders, due)


def _furthest(counts: np.ndarray, due: float) -> Tuple[int, int]:
    places: List[int] = [
        int(place) for place in np.unravel_index(np.abs(counts - due).argmax(), counts.shape)
    ]
    return places[0], places[1]


def limit(freedom: int) -> float:
    """Return what chi-square with so many degrees of freedom exceeds once in two million.

    By the approximation of Wilson and Hilferty (1931), good to one per cent here.
    """
    share = 2 / (9 * freedom)
    return float(freedom * (1 - share + QUANTILE * math.sqrt(share)) ** 3)
