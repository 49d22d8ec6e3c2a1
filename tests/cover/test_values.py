"""Values that go their own way: from read to read, batch by batch, and from one loader to another."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from refloader.contract.judging.evenness import company, spread
from refloader.contract.judging.halves import HALVES, joined_by_place
from refloader.contract.judging.values import centred_by_batch, wandering
from refloader.contract.ledger import Batch, Event, Leaf, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find

PLAIN, AUGMENTED = Policy.of(), Policy.of(augment=True)


def read_again(levels):
    """Return a ledger of one batch of one row that was read over and over, with these means."""
    events = [
        Event("over and over", 0, 0, Batch("(x, y)", (), (0,), levels=(level,), spans=(1.0,)))
        for level in levels
    ]
    return Ledger("rereads", Scenario(1, 1), tuple(events), facts={"labels": [0]})


def walk(steps):
    """Return where somebody is who adds up these steps."""
    return [10 + sum(steps[: count + 1]) for count in range(len(steps))]


DRAWN = [random.Random(number).gauss(0, 1) for number in range(32)]


@pytest.mark.parametrize(
    ("levels", "wanders"),
    [
        pytest.param([10 + one for one in DRAWN], False, id="drawn apart"),
        pytest.param(walk(DRAWN), True, id="added up"),
        pytest.param([10 + 0.5 * number for number in range(32)], True, id="always more"),
        pytest.param([10 + number % 2 for number in range(32)], False, id="in turns"),
        pytest.param([10.0] * 32, False, id="one value"),
        pytest.param([10.0] + [10.0001] * 31, False, id="rounding"),
        pytest.param(walk(DRAWN)[:8], False, id="too few"),
    ],
)
def test_what_is_drawn_for_one_read_is_not_in_the_next(levels, wanders):
    """The means of reads that are drawn apart are no nearer to those before them than to any other."""
    assert wanders == bool(wandering(read_again(levels)))


def in_batches(centred, rows=3, n=12, leaf="x['meta']"):
    """Return a ledger of batches of which a leaf was found to be centred, or not."""
    events = [
        Event(
            "epoch",
            0,
            number,
            Batch("x", (Leaf(leaf, "float32", (rows, 8), centred=one),), (0,) * rows),
        )
        for number, one in enumerate(centred)
    ]
    return Ledger("epochs", Scenario(n, rows), tuple(events))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        pytest.param(in_batches((True, True)), True, id="in each batch"),
        pytest.param(in_batches((True, False)), False, id="in one of two"),
        pytest.param(in_batches((True,)), False, id="one batch"),
        pytest.param(in_batches((True, True), rows=4), False, id="as many rows as opposites have"),
        pytest.param(in_batches((True, True), rows=3, n=3), False, id="the whole data set"),
        pytest.param(in_batches((True, True), leaf="y"), False, id="as many of 1 as of -1"),
    ],
)
def test_an_input_that_is_centred_in_every_batch_is_told(made, told):
    """The mean of the whole data set is taken away from all alike; that of a batch is nothing by itself."""
    assert told == bool(centred_by_batch(made))


def over_halves(whole, half):
    """Return a ledger of a loader over all samples, and of one over the first ones: a value for each."""
    events = [
        Event(
            phase,
            0,
            0,
            Batch("x", (), tuple(range(len(values))), companions=tuple((one,) for one in values)),
        )
        for phase, values in (("alone", whole), (HALVES[0], half))
    ]
    return Ledger(
        "two-loaders", Scenario(len(whole), 4), tuple(events), facts={"labels": [0] * len(whole)}
    )


@pytest.mark.parametrize(
    ("half", "told"),
    [
        pytest.param("abcd", False, id="their own"),
        pytest.param("abca", True, id="that of the first"),
        pytest.param("abcx", False, id="nobody's"),
        pytest.param("wxyz", False, id="scaled by the half"),
        pytest.param("bcde", False, id="their number"),
    ],
)
def test_a_row_of_another_sample_is_told_where_few_have_it(half, told):
    """What depends on the data set as a whole differs for all; what is taken by its place, for some."""
    made = over_halves("abcdefgh", half)

    assert told == bool(joined_by_place(made, PLAIN))
    assert joined_by_place(made, AUGMENTED) is None


def test_blocks_keep_the_samples_of_a_batch_together():
    """Of a permutation of all, the first and last of a batch are as far apart as chance has it."""
    shuffle = random.Random(0).sample
    fair = shuffle(range(1030), 1030)
    blocks = [
        one for begin in (768, 0, 512, 256) for one in shuffle(range(begin, begin + 256), 256)
    ]
    batched = [[order[at : at + 4] for at in range(0, len(order), 4)] for order in (fair, blocks)]
    even, near = (spread([batches]) for batches in batched)

    assert even.found > even.limit
    assert near.found < near.limit
    assert spread([[[0], [1]]]) is None


def test_classes_that_are_spread_over_the_batches_are_no_flaw():
    """The two of a class never meet, on purpose; of samples that only rotate neighbours meet all the time."""
    chance = random.Random(0)
    labels = [0, 0, 1, 1, 2, 2, 3, 3]
    pairs = [chance.sample(range(2), 2) for _ in range(96 * 4)]
    halves = [
        [[2 * one + pairs[4 * epoch + one][side] for one in range(4)] for side in range(2)]
        for epoch in range(96)
    ]
    turned = [
        [[(at + epoch) % 8 for at in half] for half in (range(4), range(4, 8))]
        for epoch in range(96)
    ]
    fair, told, rotated = company(halves, labels), company(halves), company(turned, labels)

    assert fair.statistic < fair.limit
    assert told.statistic > told.limit
    assert rotated.statistic > rotated.limit


def drawn(*epochs):
    """Return a ledger of epochs of samples that are all alike, read one at a time by one process."""
    events = [
        Event("draws alone", number, index, Batch("x", (), (None,), digest=version))
        for number, versions in enumerate(epochs)
        for index, version in enumerate(versions)
    ]
    return Ledger("draws", Scenario(4, 1), tuple(events), facts={"workers": 2})


@pytest.mark.parametrize(
    ("epochs", "told"),
    [
        pytest.param(
            sorted(map("".join, set(permutations("aaabbb"))))[:12], True, id="as many of each"
        ),
        pytest.param(["aabb", "abab", "baba", "abbb"] * 3, False, id="now more, now fewer"),
        pytest.param(["aaaa"] * 12, False, id="nothing is drawn"),
        pytest.param(["aabb", "abab"], False, id="two epochs"),
    ],
)
def test_versions_that_each_epoch_has_as_often_are_drawn_once(epochs, told):
    """A flip that is a sample's own is found in another batch of each epoch, and still is the same flip."""
    found = find("workers.independent-randomness").said(
        drawn(*epochs), Policy.of(augment=True, shuffle=True)
    )

    assert told == ("versions come, each as often" in str(found))
