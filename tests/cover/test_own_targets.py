"""Targets that are no label: how they are told, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refloader.contract.judging.questions import HALVES
from refloader.contract.judging.scales import FAINT
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.data.values import class_indexes
from refloader.driving.relabelling import targets_are_own

MANY = Scenario(24, 24, epochs=1, classes=2)
LABELS = [sample % 2 for sample in range(24)]


def epoch_of(targets, scenario=MANY, *, companions=(), epoch=0, **facts):
    """Return the ledger of an epoch of one batch, in which these targets come with the samples."""
    rows = len(targets) or len(companions)
    batch = Batch(
        "(x, y)",
        (),
        tuple(range(rows)),
        targets=tuple((one,) for one in targets),
        companions=tuple((one,) for one in companions),
    )
    facts = {"labels": LABELS[:rows], "labels_asked": True, **facts}
    return Ledger("epochs", scenario, (Event("epoch", epoch, 0, batch),), facts=facts)


def with_prints(prints, targets):
    """Return two epochs of one sample under augmentation, in which x has these prints and y these values."""
    events = [
        Event("epoch", epoch, 0, Batch("(x, y)", (), (0,), prints=(mark,), targets=((target,),)))
        for epoch, (mark, target) in enumerate(zip(prints, targets))
    ]
    return Ledger("epochs", Scenario(1, 1), tuple(events), facts={"labels": [0]})


@pytest.mark.parametrize(
    ("prints", "targets", "flagged"),
    [
        pytest.param("aa", (1.0, 2.0), True, id="the same x has two y"),
        pytest.param("ab", (1.0, 2.0), False, id="y moves with x"),
        pytest.param("aa", (1.0, 1.0), False, id="the same x has one y"),
        pytest.param("aa", ("1f", "2e"), False, id="a map, of which a part is drawn"),
    ],
)
def test_the_same_x_has_one_y_where_both_are_augmented(prints, targets, flagged):
    """Of a box that may have moved nobody knows where it is due; beside one picture it is in one place."""
    policy = Policy.of(augment=True, targets="own")
    found = find("pairing.label").said(with_prints(prints, targets), policy)

    assert flagged == bool(found)


def labelled(scenario):
    """Return an epoch of a loader whose y is the label: another one when the samples are relabelled."""
    return epoch_of([(sample + scenario.seed) % 2 for sample in range(scenario.n)], scenario)


def measured(scenario):
    """Return an epoch of a loader whose y was measured, and is what it is."""
    return epoch_of([20.5 + sample % 7 for sample in range(scenario.n)], scenario)


def boxed(scenario):
    """Return an epoch of a loader whose y has a box of each sample, and its class."""
    return epoch_of(
        [(sample, (sample + scenario.seed) % 2) for sample in range(scenario.n)], scenario
    )


def from_samples(scenario):
    """Return an epoch of a loader whose y has the class that samples of this scenario have, and a measure."""
    classes = class_indexes(scenario.n, scenario.seed, scenario.classes).tolist()
    return epoch_of([(sample, classes[sample]) for sample in range(scenario.n)], scenario)


@pytest.mark.parametrize(
    ("read", "used", "policy", "own"),
    [
        pytest.param(labelled, {"labels", "paths"}, {}, False, id="a label"),
        pytest.param(measured, {"arrays"}, {}, True, id="a measured value"),
        pytest.param(boxed, {"frame"}, {}, False, id="a box with its class follows the class"),
        pytest.param(boxed, {"frame"}, {"augment": True}, True, id="a box that moves"),
        pytest.param(from_samples, {"arrays"}, {}, False, id="the samples are relabelled in truth"),
        pytest.param(labelled, {"labels"}, {"augment": True}, False, id="a label, augmented"),
        pytest.param(labelled, {"images"}, {}, True, id="nobody asked for the labels"),
        pytest.param(lambda scenario: epoch_of([], scenario), {"images"}, {}, False, id="no y"),
        pytest.param(
            lambda scenario: epoch_of([0] * scenario.n, scenario), {"labels"}, {}, False,
            id="a y that was never filled",
        ),
    ],
)  # fmt: skip
def test_what_y_is(read, used, policy, own):
    """A y of many values that stays when the classes change, or that none asked a class for, is no label."""
    assert own == targets_are_own(read(MANY), used, Policy.of(**policy), read)


def test_an_own_target_stays_with_its_sample():
    """Shuffled apart from its picture, a measured value comes with another sample."""
    first, second = measured(MANY), epoch_of([20.5] * 24, epoch=1)
    made = replace(first, events=(*first.events, *second.events))
    judge = find("pairing.label").judge

    assert judge(first, Policy.of(targets="own")) is None
    assert judge(made, Policy.of(targets="own")) == (
        "sample 1 comes with y = 21.5 in batch 0 of epoch 0, and with y = 20.5 in batch 0 of epoch 1"
    )
    assert judge(made, Policy.of(targets="own", augment=True)) is None


@pytest.mark.parametrize(
    ("inputs", "facts", "text"),
    [
        pytest.param(LABELS[:6], {}, None, id="its own labels"),
        pytest.param(
            [1, 0, 0, 1, 0, 1],
            {},
            "sample 2 (label 0) comes with 0 in a further input in batch 0 of epoch 0; label 0 is 1 "
            "elsewhere, and there is no y",
            id="those of other rows",
        ),
        pytest.param([0, 1, 2, 3, 4, 5], {}, None, id="a position"),
        pytest.param([1, 0, 0, 1, 0, 1], {"labels_asked": False}, None, id="nobody asked for labels"),
    ],
)  # fmt: skip
def test_labels_among_the_inputs_are_their_rows(inputs, facts, text):
    """Where y is empty, an input that has as many values as there are labels is held to be the label."""
    made = epoch_of([], replace(MANY, n=6), companions=inputs, **facts)

    assert text == find("pairing.label").judge(made, Policy())


def paired(partner, target):
    """Return a ledger in which sample 0 comes with this partner, and this y, in an epoch each."""
    events = tuple(
        Event(
            "epoch", epoch, 0, Batch("(x, y)", (), (0,), partners=((0,), (one,)), targets=((y,),))
        )
        for epoch, (one, y) in enumerate(zip(partner, target))
    )
    return Ledger("epochs", MANY, events, facts={"labels": LABELS})


@pytest.mark.parametrize(
    ("partners", "targets", "told"),
    [
        pytest.param([3, 4], [1, 0], False, id="another partner"),
        pytest.param([3, 3], [1, 0], True, id="the same partner"),
        pytest.param([3, 3], [1, 1], False, id="the same y"),
    ],
)
def test_y_of_a_pair_belongs_to_both_members(partners, targets, told):
    """A sample may have another y beside another one; beside the same one it has but one."""
    said = find("pairing.label").judge(paired(partners, targets), Policy.of(targets="own"))

    assert bool(said) == told


@pytest.mark.parametrize(("phase", "told"), [("epoch", True), (FAINT, False), (HALVES[0], False)])
def test_y_of_the_samples_around_is_another_over_other_samples(phase, told):
    """A window's y holds the samples after it: where one of those is redrawn, the y is another."""
    first = epoch_of([20.5, 21.5])
    other = replace(epoch_of([20.5, 22.5]).events[0], phase=phase)
    read = replace(first, events=(*first.events, other))
    said = find("pairing.label").judge(read, Policy.of(targets="own"))

    assert bool(said) == told
