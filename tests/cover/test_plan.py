"""Which samples are in which batch, for every size, tail and shard."""

from __future__ import annotations

import pickle
import warnings
from typing import Any, List, Tuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refloader.loading.permutation import permute, stretch
from refloader.loading.plan import Plan

# Sizes where a permutation by bits goes wrong first, if it does.
BOUNDARIES = sorted({2**k + d for k in range(10, 18) for d in (-1, 0, 1)})
TAILS = ("deliver", "drop", "pad")

plans = st.fixed_dictionaries(
    {
        "n": st.integers(0, 200),
        "batch_size": st.integers(1, 40),
        "world": st.integers(1, 7),
        "tail": st.sampled_from(TAILS),
        "shuffle": st.booleans(),
        "seed": st.integers(0, 2**70),
        "epoch": st.integers(0, 2**40),
    }
)


def order(n: int, seed: int = 0, epoch: int = 0) -> List[int]:
    """Return the whole order of an epoch."""
    return permute(np.arange(n), n, seed, epoch).tolist()


def ranks(case: Any) -> List[Plan]:
    """Return the plans of all ranks of a drawn case."""
    return [
        Plan(
            case["n"],
            case["batch_size"],
            seed=case["seed"],
            shuffle=case["shuffle"],
            tail=case["tail"],
            shard=(rank, case["world"]),
        )
        for rank in range(case["world"])
    ]


def real_rows(plan: Plan, epoch: int, index: int) -> List[int]:
    """Return the sample ids of the rows that are not filled."""
    return plan.batch(epoch, index)[: plan.valid(epoch, index)].tolist()


@given(
    n=st.integers(1, 5000),
    ends=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 3),
    epoch=st.integers(0, 3),
)
def test_a_stretch_of_the_order_is_what_stands_there(
    n: int, ends: Tuple[float, float], seed: int, epoch: int
) -> None:
    """Wherever it begins and ends, and whatever was asked for before."""
    first, last = (round(n * end) for end in sorted(ends))
    ids = stretch(first, last, n, seed, epoch)
    ids_again = stretch(first, last, n, seed, epoch)
    ids_again[...] = -1  # who has got it may write into it

    assert order(n, seed, epoch)[first:last] == ids.tolist()
    assert ids.tolist() == stretch(first, last, n, seed, epoch).tolist()


def test_permutes_every_small_n() -> None:
    """Each number below n stands at exactly one position, for all n up to 600."""
    wrong = [n for n in range(1, 601) if sorted(order(n, seed=n)) != list(range(n))]

    assert [] == wrong


@pytest.mark.parametrize("n", BOUNDARIES)
def test_permutes_at_powers_of_two(n: int) -> None:
    """Each number below n stands at exactly one position where the number of bits changes."""
    assert np.array_equal(np.arange(n), np.sort(permute(np.arange(n), n, 3, 1)))


@pytest.mark.parametrize("n", [10**9, 2**62 + 1, 2**63 - 1])
def test_permutes_in_range_for_huge_n(n: int) -> None:
    """Distinct positions of a data set of any size get distinct numbers below n."""
    positions = np.concatenate([np.arange(1000), n - 1000 + np.arange(1000)])

    ids = permute(positions, n, 1, 0)

    assert 2000 == len(np.unique(ids))
    assert 0 <= ids.min()
    assert ids.max() < n


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((10, 0, 0), [3, 5, 0, 1, 6, 2, 7, 9, 8, 4]),
        ((10, 0, 1), [4, 2, 8, 7, 3, 1, 6, 0, 5, 9]),
        ((7, 2**70, 2**40), [3, 0, 4, 5, 2, 6, 1]),
    ],
)
def test_order_is_the_same_everywhere(arguments: Tuple[int, int, int], expected: List[int]) -> None:
    """A seed means the same order on every platform and with every NumPy."""
    assert expected == order(*arguments)


def test_far_positions_are_the_same_everywhere() -> None:
    """The same holds where 64-bit arithmetic wraps around."""
    assert [3811216565069641802, 589574413162848820, 4997774949707861547] == permute(
        np.array([0, 1, 2**62]), 2**63 - 1, 7, 3
    ).tolist()


def test_seed_and_epoch_do_not_stand_for_each_other() -> None:
    """Exchanging seed and epoch, or moving a word between them, gives another order."""
    cases = [(0, 1), (1, 0), (1, 1), (2**32, 0), (0, 2**32), (2**32 + 1, 1)]

    assert len(cases) == len({tuple(order(50, *case)) for case in cases})


def test_arithmetic_raises_no_warning() -> None:
    """No NumPy overflow or promotion warning comes up, even where numbers wrap."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ids = permute(np.arange(5), 2**63 - 1, 2**64 - 1, 2**63)

    assert np.dtype(np.int64) == ids.dtype


@pytest.mark.parametrize(("n", "epochs"), [(5, 16000), (33, 2000), (257, 400)])
def test_every_sample_is_as_likely_at_every_position(n: int, epochs: int) -> None:
    """Over that many epochs, chi-square of (sample, position) stays below alpha = 1e-6.

    The rows and columns of the table have fixed sums, so it has (n - 1)**2 degrees of freedom and
    the statistic is scaled by (n - 1) / n. The bound is Wilson and Hilferty's, with z = 4.75.
    """
    freedom, z = (n - 1) ** 2, 4.75
    table = np.zeros((n, n))
    for epoch in range(epochs):
        table[np.arange(n), order(n, seed=11, epoch=epoch)] += 1
    expected = epochs / n
    statistic = ((table - expected) ** 2 / expected).sum() * (n - 1) / n

    bound = freedom * (1 - 2 / (9 * freedom) + z * (2 / (9 * freedom)) ** 0.5) ** 3
    assert statistic < bound


def test_neighbours_are_parted() -> None:
    """A sample is followed by its successor about once an epoch, as in a fair shuffle.

    Over 1,000 epochs of 50 samples the count is nearly Poisson with mean 0.98 * 1,000, so that
    four standard deviations are alpha = 6e-5.
    """
    followed = sum(int((np.diff(order(50, 5, epoch)) == 1).sum()) for epoch in range(1000))

    assert abs(followed - 980) < 4 * 980**0.5


@given(plans)
def test_shards_partition_the_epoch(case: Any) -> None:
    """The real rows of all ranks are all samples once, but for a dropped global tail."""
    world_batch = case["batch_size"] * case["world"]
    delivered = sorted(
        sample
        for plan in ranks(case)
        for index in range(len(plan))
        for sample in real_rows(plan, case["epoch"], index)
    )

    kept = case["n"] // world_batch * world_batch if case["tail"] == "drop" else case["n"]
    assert kept == len(delivered)
    assert len(set(delivered)) == len(delivered)


@given(plans)
def test_global_batches_equal_one_machine(case: Any) -> None:
    """The ranks' slices of a batch, put together, are the batch of one machine of that size."""
    shards = ranks(case)
    alone = Plan(
        case["n"],
        case["batch_size"] * case["world"],
        seed=case["seed"],
        shuffle=case["shuffle"],
        tail=case["tail"],
    )
    together = [
        [sample for plan in shards for sample in real_rows(plan, case["epoch"], index)]
        for index in range(len(alone))
    ]

    assert [len(alone)] * case["world"] == [len(plan) for plan in shards]
    assert [real_rows(alone, case["epoch"], i) for i in range(len(alone))] == together


@given(plans)
def test_real_rows_are_spread_evenly(case: Any) -> None:
    """In no batch has a rank two real rows more than another."""
    shards = ranks(case)
    for index in range(len(shards[0])):
        real = [plan.valid(0, index) for plan in shards]

        assert max(real) - min(real) <= 1


@given(plans)
def test_no_batch_is_empty_and_padded_ones_are_full(case: Any) -> None:
    """Every batch has a row, none more than batch_size, and with tail pad all have that many."""
    least = case["batch_size"] if case["tail"] == "pad" else 1
    for plan in ranks(case):
        for index in range(len(plan)):
            rows = len(plan.batch(case["epoch"], index))

            assert least <= rows <= case["batch_size"]


@given(plans)
def test_filled_rows_are_announced(case: Any) -> None:
    """A plan of which some rank's row is filled says so, and without fills none is."""
    shards = ranks(case)
    filled = any(
        len(plan.batch(0, index)) > plan.valid(0, index)
        for plan in shards
        for index in range(len(plan))
    )

    assert 1 == len({plan.fills for plan in shards})
    assert shards[0].fills or not filled


def test_plan_that_drops_the_tail_fills_nothing() -> None:
    """Also where the tail has fewer rows than there are ranks: none is delivered, so none is filled."""
    assert not Plan(7, 2, tail="drop", shard=(0, 3)).fills
    assert Plan(7, 2, tail="deliver", shard=(0, 3)).fills


def test_without_shuffle_the_order_is_that_of_the_samples() -> None:
    """Without shuffle, every epoch is 0..n-1."""
    plan = Plan(5, 2)

    assert [[0, 1], [2, 3], [4]] == [plan.batch(9, index).tolist() for index in range(3)]


def test_padding_repeats_samples() -> None:
    """Rows beyond the samples repeat samples, also where there are fewer than the padding needs."""
    plan = Plan(2, 5, tail="pad")

    assert [0, 1, 0, 1, 0] == plan.batch(0, 0).tolist()
    assert 2 == plan.valid(0, 0)


def test_rank_without_samples_gets_one_filled_row() -> None:
    """A rank that the last batch would leave out takes part with a row that is not real."""
    plans_of_ranks = [Plan(5, 2, shard=(rank, 2)) for rank in range(2)]

    assert [1, 0] == [plan.valid(0, 1) for plan in plans_of_ranks]
    assert [1, 1] == [len(plan.batch(0, 1)) for plan in plans_of_ranks]


def test_negative_index_counts_from_the_end() -> None:
    """Index -1 is the last batch."""
    plan = Plan(10, 4, shuffle=True)

    assert plan.batch(3, 2).tolist() == plan.batch(3, -1).tolist()


@pytest.mark.parametrize("index", [3, -4, 10**30])
def test_index_outside_is_an_index_error(index: int) -> None:
    """There is no batch past either end."""
    with pytest.raises(IndexError, match=f"batch {index} of a plan with 3 batches"):
        Plan(10, 4).batch(0, index)


@pytest.mark.parametrize("tail", TAILS)
def test_no_samples_is_length_0(tail: str) -> None:
    """A plan without samples has no batch, whatever the tail."""
    assert 0 == len(Plan(0, 4, tail=tail))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((-1, 4), {}, "n must be"),
        ((2**63, 4), {}, "n must be"),
        ((1.5, 4), {}, "n must be"),
        ((True, 4), {}, "n must be"),
        ((4, 0), {}, "batch_size must be"),
        ((4, np.float32(2)), {}, "batch_size must be"),
        ((4, np.bool_(True)), {}, "batch_size must be"),  # noqa: FBT003 - what is refused
        ((4, 2), {"seed": -1}, "seed must be"),
        ((4, 2), {"seed": None}, "seed must be"),
        ((4, 2), {"tail": "keep"}, "tail must be one of deliver, drop, pad, not 'keep'"),
        ((4, 2), {"shard": (2, 2)}, "the rank in shard must be"),
        ((4, 2), {"shard": (0, 0)}, "the world size in shard must be"),
        ((4, 2), {"shard": 3}, "shard must be a pair"),
    ],
)
def test_bad_parameter_is_named(arguments: Any, options: Any, message: str) -> None:
    """A parameter of the wrong kind or range is refused by a ValueError that names it."""
    with pytest.raises(ValueError, match=message):
        Plan(*arguments, **options)


def test_numpy_integers_are_whole_numbers() -> None:
    """What len() and NumPy count with is taken as it is."""
    assert Plan(10, 4, shard=(1, 2)) == Plan(np.int64(10), np.uint8(4), shard=(np.int32(1), 2))


def test_plan_cannot_be_changed() -> None:
    """A plan is a value."""
    with pytest.raises(AttributeError):
        Plan(10, 4).n = 11  # type: ignore[misc]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_plan_of_any_size_pickles_small(protocol: int) -> None:
    """The pickle of a plan over 10**9 samples is an equal plan, of under 250 bytes."""
    plan = Plan(10**9, 32, seed=7, shuffle=True, shard=(3, 8))
    pickled = pickle.dumps(plan, protocol)

    assert plan == pickle.loads(pickled)  # noqa: S301 - made above
    assert len(pickled) < 250
