"""The statistics of shuffled epochs: whether batches and company are as even as chance has it.

What counts is which samples make a batch: in which order they stand in it changes no gradient, and
some loaders have to sort them (HDF5 is read by increasing indexes only).
"""

from __future__ import annotations

import itertools
import math
from typing import Iterator, NamedTuple, Optional, Sequence, Tuple

import numpy as np

#: Fewer epochs say too little.
MANY_EPOCHS = 64
# The normal quantile of one in two million: the two statistics together err once in a million.
QUANTILE = 4.89

#: The samples of each batch, in order of delivery.
Epoch = Sequence[Sequence[int]]


class Evenness(NamedTuple):
    """A statistic of counts, its limit, and the count that is furthest off.

    first, second -- the sample, and its batch or companion; times -- how often, in `of` epochs;
    due -- how often on average
    """

    statistic: float
    limit: float
    first: int
    second: int
    times: int
    of: int
    due: float


def batches(epochs: Sequence[Epoch]) -> Optional[Evenness]:
    """Judge how often each sample is in each batch; None where there is but one batch."""
    sizes = np.array([len(batch) for batch in epochs[0]])
    n, steps = int(sizes.sum()), len(sizes)
    if steps < 2:  # noqa: PLR2004 - one batch holds everything
        return None
    counts = np.zeros((n, steps))
    for epoch in epochs:
        for number, batch in enumerate(epoch):
            counts[list(batch), number] += 1
    due = np.broadcast_to(len(epochs) * sizes / n, counts.shape)
    # A sample is in one batch and a batch holds so many samples: so many counts are free, and each
    # varies as much more as that takes away.
    freedom = (n - 1) * (steps - 1)
    return _evenness(counts, due, freedom, n * (steps - 1), len(epochs))


def company(epochs: Sequence[Epoch], labels: Sequence[int] = ()) -> Optional[Evenness]:
    """Judge how often each two samples share a batch; None where none or all always do.

    labels -- the class of each sample: where those of a class are spread over the batches on purpose, they
        meet each other less often than the others, which is allowed for
    """
    sizes = [len(batch) for batch in epochs[0]]
    n = sum(sizes)
    share = sum(size * (size - 1) for size in sizes) / (n * (n - 1))
    if not 0 < share < 1 or n <= 3:  # noqa: PLR2004 - three samples leave no pair a choice
        return None
    counts = np.zeros((n, n))
    for one, other in _pairs(epochs):
        counts[one, other] += 1
    due = np.full(counts.shape, len(epochs) * share)
    pairs = np.triu_indices(n, 1)
    classes = np.array(labels[:n])
    alike = classes[pairs[0]] == classes[pairs[1]] if labels else np.zeros(0, bool)
    if alike.any() and not alike.all() and counts[pairs][alike].mean() < due[0, 1]:
        for family in (alike, ~alike):
            due[tuple(axis[family] for axis in pairs)] = counts[pairs][family].mean()
    # Only pairs with the smaller number first are counted: the rest is as if it were as due.
    rest = np.tril_indices(n)
    counts[rest] = due[rest]
    mean = float((1 - due[pairs] / len(epochs)).sum())
    return _evenness(counts, due, n * (n - 3) / 2, mean, len(epochs))


class Drift(NamedTuple):
    """How far the number of a sample and that of its batch go together, and how far by chance."""

    correlation: float
    limit: float


def drift(epochs: Sequence[Epoch]) -> Optional[Drift]:
    """Judge whether later samples come in later batches; None where there is but one batch."""
    rows = [
        (sample, number)
        for epoch in epochs
        for number, batch in enumerate(epoch)
        for sample in batch
    ]
    samples, numbers = np.array(rows, float).T
    if np.ptp(numbers) == 0 or np.ptp(samples) == 0:
        return None
    # Of independent ranks the correlation has this deviation, as near as it matters here.
    return Drift(float(np.corrcoef(samples, numbers)[0, 1]), QUANTILE / math.sqrt(len(rows)))


class Spread(NamedTuple):
    """How far apart the samples of a batch are in the data set, how far by chance, and how little at least."""

    found: float
    due: float
    limit: float


def spread(epochs: Sequence[Epoch]) -> Optional[Spread]:
    """Judge how far apart the first and the last sample of each batch are; None where none has two."""
    n = sum(map(len, epochs[0])) if epochs else 0
    sizes = [len(batch) for epoch in epochs for batch in epoch if len(batch) > 1]
    if not sizes:
        return None
    spans = [max(batch) - min(batch) for epoch in epochs for batch in epoch if len(batch) > 1]
    # The mean and the variance of the range of k numbers that are drawn from 1..n without replacement.
    due = sum((n + 1) * (k - 1) / (k + 1) for k in sizes)
    variance = sum(2 * (n + 1) * (n - k) * (k - 1) / ((k + 1) ** 2 * (k + 2)) for k in sizes)
    least = due - QUANTILE * math.sqrt(variance)
    return Spread(*(value / len(sizes) for value in (sum(spans), due, least)))


def _pairs(epochs: Sequence[Epoch]) -> Iterator[Tuple[int, int]]:
    for epoch in epochs:
        for batch in epoch:
            yield from itertools.combinations(sorted(batch), 2)


def _evenness(
    counts: np.ndarray, due: np.ndarray, freedom: float, mean: float, epochs: int
) -> Evenness:
    """Return the statistic: its mean over `freedom` is the variance of each free count."""
    places = np.unravel_index(np.abs(counts - due).argmax(), counts.shape)
    first, second = (int(place) for place in places)
    # Two that are never due together never are.
    off = np.divide((counts - due) ** 2, due, out=np.zeros(counts.shape), where=due > 0)
    statistic = float(off.sum())
    allowed = mean / freedom * limit(freedom)
    times = int(counts[first, second])
    return Evenness(statistic, allowed, first, second, times, epochs, float(due[first, second]))


def least_often(epochs: int, share: float) -> float:
    """Return how often a sample comes at least that each epoch has with this chance, by the same alpha."""
    return epochs * share - QUANTILE * math.sqrt(epochs * share * max(0.0, 1 - share))


def limit(freedom: float, quantile: float = QUANTILE) -> float:
    """Return what chi-square with so many degrees of freedom exceeds once in two million.

    By the approximation of Wilson and Hilferty (1931), good to one per cent here.
    """
    share = 2 / (9 * freedom)
    return float(freedom * (1 - share + quantile * math.sqrt(share)) ** 3)
