"""What fills up a short rank weighs nothing, in the loaders themselves."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refloader.loading import ArrayLoader

WEIGHT = 3.0  # of each sample


def batches(n: int, world: int, batch_size: int, **options: Any) -> List[List[Any]]:
    """Return the batches of each rank; y tells the sample."""
    x, weights = np.arange(n, dtype=np.float64), np.full(n, WEIGHT)
    options = {"batch_size": batch_size, "seed": 3, "shuffle": True, **options}
    return [list(ArrayLoader(x, x, weights, shard=(r, world), **options)) for r in range(world)]


@given(
    n=st.integers(1, 60),
    world=st.integers(1, 5),
    batch_size=st.integers(1, 9),
    tail=st.sampled_from(["deliver", "pad"]),
)
def test_every_sample_weighs_once_over_all_ranks(
    n: int, world: int, batch_size: int, tail: str
) -> None:
    """Summed over the rows of all ranks each sample has its own weight, whatever fills them up."""
    total: Dict[float, float] = dict.fromkeys(range(n), 0.0)
    for rank in batches(n, world, batch_size, tail=tail):
        for _, y, weights in rank:
            for sample, weight in zip(y, weights):
                total[sample] += weight

    assert dict.fromkeys(range(n), WEIGHT) == total


@given(n=st.integers(1, 60), world=st.integers(1, 5), batch_size=st.integers(1, 9))
def test_padded_ranks_average_to_one_machine(n: int, world: int, batch_size: int) -> None:
    """With tail="pad" the mean over ranks of a weighted mean over rows is that of one machine.

    It is what a synchronous training computes: each rank divides by its rows, the fabric by ranks.
    """
    alone = batches(n, 1, batch_size * world, tail="pad")[0]
    ranks = batches(n, world, batch_size, tail="pad")
    means = [[np.mean(y * weights) for _, y, weights in rank] for rank in ranks]

    np.testing.assert_allclose([np.mean(y * w) for _, y, w in alone], np.mean(means, axis=0))


@pytest.mark.parametrize("rank", [0, 1])
def test_weights_are_there_on_all_ranks_or_none(rank: int) -> None:
    """Batches have the same structure on every rank, also where only another one is filled up."""
    loader = ArrayLoader(np.arange(5), np.arange(5), batch_size=2, shard=(rank, 2))

    assert [3, 3] == [len(batch) for batch in loader]
    assert [1.0, 0.0][rank] == loader[1][2].sum()
