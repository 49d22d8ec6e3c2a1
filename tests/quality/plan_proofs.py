"""The plan, proved: what can be counted out is, and what cannot is sampled with a stated alpha.

`pytest tests/quality/plan_proofs.py`, or `tox -e proofs`; with `-rP` the statistics are shown. Each
statistic is computed of NumPy's own `Generator.permutation` too, and of a shuffle that is known to
be biased, which it must find out.
"""

from __future__ import annotations

import sys
from itertools import permutations, product
from typing import Any, Callable, Dict, Iterator, List

import numpy as np
import pytest

from refloader.loading import permutation
from refloader.loading.permutation import permute
from refloader.loading.plan import Plan

#: Where a permutation by bits goes wrong first; 4**k + 1 is every second 2**k + 1.
COUNTED = sorted({2**k + d for k in range(1, 23) for d in (-1, 0, 1)})
SAMPLED = sorted({2**k + d for k in range(23, 63) for d in (-1, 0, 1)})
ALPHA, Z = 1e-6, 4.7534  # one-sided, of the normal distribution
EPOCHS = 60_000


@pytest.mark.parametrize("seed", [0, 7, 2**64 + 3])
def test_every_n_up_to_2000(seed: int) -> None:
    """For all n up to 2,000 each number below n stands at exactly one position."""
    wrong = [n for n in range(1, 2001) if not is_permutation(n, seed, epoch=n)]

    assert [] == wrong


@pytest.mark.parametrize("n", COUNTED)
def test_every_position_at_powers_of_two(n: int) -> None:
    """For n = 2**k - 1, 2**k and 2**k + 1 up to 2**22 + 1 so does each number, all counted."""
    assert is_permutation(n, seed=1, epoch=2)


@pytest.mark.parametrize("n", SAMPLED)
def test_inverse_finds_sampled_positions(n: int) -> None:
    """Above, an inverse in plain integers finds each of 600 positions from what stands there."""
    rng = np.random.default_rng(n)
    ends = np.concatenate([np.arange(100), n - 1 - np.arange(100)])
    positions = np.concatenate([ends, rng.integers(0, n, 400)])
    ids = permute(positions, n, 3, 4).tolist()
    keys = [int(key) for key in permutation._words(3, 4, permutation._ROUNDS)]

    assert max(ids) < n
    assert positions.tolist() == [position_of(value, n, keys) for value in ids]


def is_permutation(n: int, seed: int, epoch: int) -> bool:
    """Tell whether each number below n is there exactly once."""
    ids = permute(np.arange(n), n, seed, epoch)
    return bool(len(ids) == n and ids.min() >= 0 and (np.bincount(ids, minlength=n) == 1).all())


def position_of(value: int, n: int, keys: List[int]) -> int:
    """Return the position at which a value stands: the network backwards, until it is below n."""
    bits = (n - 1).bit_length()
    width = bits // 2
    while True:
        left, right = value >> width, value & ((1 << width) - 1)
        for number in range(len(keys) - 1, -1, -1):
            if number % 2:
                right ^= mixed(left + keys[number]) & ((1 << width) - 1)
            else:
                left ^= mixed(right + keys[number]) & ((1 << (bits - width)) - 1)
        value = left << width | right
        if value < n:
            return value


def mixed(value: int) -> int:
    """Return splitmix64's output step of a number modulo 2**64."""
    value &= 2**64 - 1
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
    return value ^ value >> 31


@pytest.mark.parametrize("tail", ["deliver", "drop", "pad"])
def test_every_small_shard(tail: str) -> None:
    """For all n to 40, batch sizes to 7 and world sizes to 6 ranks share out the single machine's batches.

    They are disjoint and complete, ranks make equal steps, no batch is empty, and only short ranks
    are filled up.
    """
    wrong = [
        case
        for case in product(range(41), range(1, 8), range(1, 7))
        if not is_shared_out(*case, tail)
    ]

    assert [] == wrong


def is_shared_out(n: int, batch_size: int, world: int, tail: str) -> bool:
    """Tell whether the ranks of one world are what the docstring above says."""
    options: Dict[str, Any] = {"seed": n, "shuffle": True, "tail": tail}
    alone = Plan(n, batch_size * world, **options)
    ranks = [Plan(n, batch_size, shard=(rank, world), **options) for rank in range(world)]
    if {len(plan) for plan in ranks} != {len(alone)}:
        return False
    for index in range(len(alone)):
        due = alone.batch(1, index)[: alone.valid(1, index)].tolist()
        rows = [plan.batch(1, index) for plan in ranks]
        real = [plan.valid(1, index) for plan in ranks]
        got = [one for ids, count in zip(rows, real) for one in ids[:count].tolist()]
        filled = [len(ids) - count for ids, count in zip(rows, real)]
        allowed = max(filled) <= 1 and len(due) < world if tail == "deliver" else tail == "pad"
        if due != got or not all(map(len, rows)) or (any(filled) and not allowed):
            return False
    return True


Orders = Callable[[int], Iterator[Any]]


def ours(n: int) -> Iterator[Any]:
    """Yield the orders of successive epochs."""
    for epoch in range(EPOCHS):
        yield permute(np.arange(n), n, 11, epoch)


def numpys(n: int) -> Iterator[Any]:
    """Yield as many orders that NumPy draws."""
    rng = np.random.default_rng(12)
    for _ in range(EPOCHS):
        yield rng.permutation(n)


def swapped(n: int) -> Iterator[Any]:
    """Yield as many orders of the shuffle that swaps each element with any other."""
    rng = np.random.default_rng(13)
    for _ in range(EPOCHS):
        order = np.arange(n)
        for place, other in enumerate(rng.integers(0, n, n)):
            order[[place, other]] = order[[other, place]]
        yield order


def windowed(n: int) -> Iterator[Any]:
    """Yield as many orders in which no sample comes far from where it was."""
    rng = np.random.default_rng(14)
    for _ in range(EPOCHS):
        yield np.argsort(np.arange(n) + rng.uniform(0, n, n))


def kept(n: int) -> Iterator[Any]:
    """Yield as many orders, each of which serves two epochs."""
    for order in numpys(n):
        yield order
        yield order


def positions(orders: Iterator[Any], n: int) -> Any:
    """Chi-square of (sample, position): rows and columns of the table have fixed sums."""
    table = np.zeros((n, n))
    for order in orders:
        table[np.arange(n), order] += 1
    return chi_square(table) * (n - 1) / n, (n - 1) ** 2


def pairs(orders: Iterator[Any], n: int) -> Any:
    """Chi-square of which two samples stand at the two first positions."""
    table = np.zeros((n, n))
    for order in orders:
        table[order[0], order[1]] += 1
    return chi_square(table[~np.eye(n, dtype=bool)]), n * (n - 1) - 1


def neighbours(orders: Iterator[Any], n: int) -> Any:
    """Chi-square of how far, modulo n, a sample is from its neighbour: one couple an epoch."""
    table = np.zeros(n)
    for epoch, order in enumerate(orders):
        place = epoch % (n - 1)
        table[(order[place + 1] - order[place]) % n] += 1
    return chi_square(table[1:]), n - 2


def successive(orders: Iterator[Any], n: int) -> Any:
    """Chi-square of where a sample stands in one epoch and in the next: each epoch used once."""
    table = np.zeros((n, n))
    for order in orders:
        following = next(orders)
        table[np.flatnonzero(order == 0)[0], np.flatnonzero(following == 0)[0]] += 1
    return chi_square(table), n * n - 1


def whole_orders(orders: Iterator[Any], n: int) -> Any:
    """Chi-square of the n! orders."""
    number = {order: place for place, order in enumerate(permutations(range(n)))}
    table = np.zeros(len(number))
    for order in orders:
        table[number[tuple(order.tolist())]] += 1
    return chi_square(table), len(number) - 1


def chi_square(table: Any) -> float:
    """Return the statistic of counts that are expected to be equal."""
    expected = table.sum() / table.size
    return float(((table - expected) ** 2 / expected).sum())


def bound(freedom: int) -> float:
    """Return what chi-square exceeds with probability alpha (Wilson and Hilferty)."""
    share = 2 / (9 * freedom)
    return float(freedom * (1 - share + Z * share**0.5) ** 3)


CASES = [
    (positions, 5),
    (positions, 17),
    (positions, 64),
    (positions, 300),
    (pairs, 6),
    (pairs, 33),
    (neighbours, 17),
    (neighbours, 50),
    (neighbours, 1000),
    (successive, 9),
    (successive, 40),
    (whole_orders, 4),
    (whole_orders, 5),
    (whole_orders, 6),
]


@pytest.mark.parametrize("source", [ours, numpys], ids=["plan", "numpy"])
@pytest.mark.parametrize(("statistic", "n"), CASES)
def test_shuffle_is_uniform(statistic: Callable[..., Any], n: int, source: Orders) -> None:
    """Over 60,000 epochs no statistic exceeds what a fair shuffle exceeds once in a million times."""
    value, freedom = statistic(source(n), n)
    told = f"chi-square {value:.0f}, {freedom} degrees of freedom, bound {bound(freedom):.0f}"
    sys.stdout.write(f"{told}\n")

    assert value < bound(freedom)


@pytest.mark.parametrize(
    ("statistic", "n", "source"),
    [
        (positions, 17, swapped),
        (pairs, 6, swapped),
        (neighbours, 17, windowed),
        (successive, 9, kept),
        (whole_orders, 5, swapped),
    ],
)
def test_biased_shuffle_is_found_out(statistic: Callable[..., Any], n: int, source: Orders) -> None:
    """The same statistic of as many orders of a shuffle that is biased does exceed it."""
    value, freedom = statistic(source(n), n)

    assert value > bound(freedom)
