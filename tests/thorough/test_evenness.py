"""The statistics of shuffles let fair ones pass, and are what they are said to be."""

from __future__ import annotations

import numpy as np
import pytest

from refloader.contract.judging.evenness import batches, company, limit

N, EPOCHS = 8, 96
#: What chi-square exceeds once in a thousand, from tables; 3.0902 is the normal quantile of that.
TABLES = {7: 24.322, 20: 45.315, 49: 85.351}
ONE_IN_A_THOUSAND = 3.0902


def shuffled(seed, size):
    """Return epochs of fair permutations, cut into batches."""
    random = np.random.RandomState(seed)
    orders = [random.permutation(N).tolist() for _ in range(EPOCHS)]
    return [[order[start : start + size] for start in range(0, N, size)] for order in orders]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_fair_permutations_are_even(size):
    """Of two hundred fair shuffles none comes near the limit, for batches that divide and do not."""
    found = [f(shuffled(seed, size)) for seed in range(200) for f in (batches, company)]

    assert max(one.statistic / one.limit for one in found if one is not None) < 0.9


@pytest.mark.parametrize("statistic", [batches, company])
def test_the_mean_is_that_of_the_distribution(statistic):
    """Over many fair shuffles the statistic's mean is that from which its limit was computed."""
    found = [statistic(shuffled(seed, 4)) for seed in range(400)]
    mean = np.mean([one.statistic for one in found])

    assert mean == pytest.approx({batches: 8, company: 16}[statistic], rel=0.1)


@pytest.mark.parametrize("freedom", sorted(TABLES))
def test_the_limit_is_that_of_chi_square(freedom):
    """The approximation agrees with tables."""
    assert limit(freedom, ONE_IN_A_THOUSAND) == pytest.approx(TABLES[freedom], rel=0.01)


def test_one_batch_has_no_order():
    """Where a batch holds everything there is nothing to judge."""
    assert (None, None) == (batches(shuffled(0, N)), company(shuffled(0, N)))
