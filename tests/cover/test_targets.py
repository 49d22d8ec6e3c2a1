"""What comes with a sample: observed in a batch, and judged as its label or as its own."""

from __future__ import annotations

import numpy as np
import pytest

from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.observing.identity import encode_image
from refloader.driving.observing.observe import observe

LABELS = [0, 1, 0, 1]
#: Of each sample, too coarse to show which one it is.
GRIDS = np.arange(4 * 9 * 9, dtype="float32").reshape(4, 9, 9, 1)
PICTURES = np.stack([encode_image(sample, 32) for sample in range(4)])


def said(*batches, slug="pairing.label", **policy):
    """Return what is said of batches of two of four samples, in one pass after the other."""
    events = tuple(
        Event("epoch", number // 2, number % 2, observe(batch))
        for number, batch in enumerate(batches)
    )
    ledger = Ledger("epochs", Scenario(4, 2, epochs=1), events, facts={"labels": LABELS})
    return find(slug).judge(ledger, Policy.of(**policy))


def batches(y, x=PICTURES):
    """Return two batches of two rows each."""
    return [(x[:2], y[:2]), (x[2:], y[2:])]


def test_a_grid_of_each_sample_is_no_label():
    """What is long, and of one sample alone, need not be the same for all of one label."""
    assert said(*batches(GRIDS), *batches(GRIDS)) is None


def test_a_grid_that_changes_from_epoch_to_epoch_is_told():
    """The sample's own is always the same."""
    assert " comes with y = " in said(*batches(GRIDS), *batches(GRIDS[::-1]))


def test_an_augmented_grid_may_change():
    """Where pictures are augmented their grids are, too: these say nothing of the label."""
    assert said(*batches(GRIDS), *batches(GRIDS + 1000), augment=True) is None


def test_a_long_label_is_one():
    """A long row that several samples share is their label, and a wrong one is told."""
    codes = np.stack([np.full((9, 9), label, "float32") for label in [0, 1, 0, 0]])

    assert "sample 3 (label 1) comes with y = " in said(*batches(codes))


def test_a_label_beside_a_grid_is_judged():
    """The sample's own grid does not excuse the label that comes with it."""
    labels = np.array([0, 1, 0, 0])
    y = [{"grid": GRIDS[rows], "label": labels[rows]} for rows in (slice(2), slice(2, 4))]

    assert "sample 3 (label 1) comes with y = " in said((PICTURES[:2], y[0]), (PICTURES[2:], y[1]))


def test_dummy_targets_are_told_unless_the_labels_are_among_the_inputs():
    """One y for all labels is no label, but for a model that is fed the labels as inputs."""
    dummy, codes = np.zeros(2), np.eye(2)[LABELS]
    fed = [((PICTURES[rows], codes[rows]), dummy) for rows in (slice(2), slice(2, 4))]
    mixed = [
        ((PICTURES[rows], codes[[0, 1, 1, 0]][rows]), dummy) for rows in (slice(2), slice(2, 4))
    ]

    assert said((PICTURES[:2], dummy), (PICTURES[2:], dummy)).startswith("labels 0 and 1 both come")
    assert said(*fed) is None
    assert said(*mixed).startswith("labels 0 and 1 both come")


@pytest.mark.parametrize("nothing", [[], {}, None])
def test_no_targets_at_all_is_a_structure(nothing):
    """A model that computes its own loss is fed (x, []): y holds no array, of whatever size."""
    batch = observe((PICTURES[:2], nothing))

    assert ["x"] == [leaf.name for leaf in batch.leaves]
    assert said((PICTURES[:2], nothing), slug="protocol.structure") is None


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("lightest", [0, 1])
def test_a_mask_by_class_shows_its_sample(axis, lightest):
    """The channels of a one-hot mask are no colours: where a class is shows which sample it is."""
    mask = (PICTURES > 127).astype(int) ^ lightest
    y = np.moveaxis(np.eye(3, dtype="float32")[mask], -1, axis)

    batch = observe((PICTURES, y))

    assert {"y": (0, 1, 2, 3)} == batch.other_ids


def test_a_mask_of_another_picture_is_told():
    """A mask that belongs to another row's picture is a wrong target."""
    masks = np.eye(2, dtype="float32")[(PICTURES > 127).astype(int)]

    assert "joins sample 0 with sample 3 in y" in said(*batches(masks[::-1]))


def beside(side, order=(2, 0, 3, 1)):
    """Return batches of an epoch in this order, with rows of a second input."""
    rows = np.array(order)
    return [
        ({"a": side[part], "x": PICTURES[rows[part]]}, np.array(LABELS)[rows[part]])
        for part in (slice(2), slice(2, 4))
    ]


def measured(values, order, pictures=PICTURES):
    """Return batches of an epoch in this order, with y as it is in the order of the file."""
    rows = np.array(order)
    return [(pictures[rows[part]], values[part]) for part in (slice(2), slice(2, 4))]


def test_a_measured_value_that_is_not_shuffled_is_told_though_pictures_are_augmented():
    """Every epoch has the same values, and each time beside other samples."""
    values = np.array([0.5, 1.5, 2.5, 3.5])
    flipped = PICTURES[:, :, ::-1]
    epochs = [*measured(values, (2, 0, 3, 1)), *measured(values, (1, 2, 0, 3), flipped)]

    told = said(*epochs, augment=True, targets="own")

    assert told is not None
    assert "comes with 3.5 as y in batch 1 of epoch 0" in told


def test_a_weight_that_is_not_shuffled_is_told():
    """Weights that the factory makes itself are judged by whether they go with their samples."""
    weights, labels = np.array([0.5, 1.5, 2.5, 3.5]), np.array(LABELS)
    epochs = [
        (x, labels[np.array(order)[part]], weight)
        for order in ((2, 0, 3, 1), (1, 2, 0, 3))
        for (x, weight), part in zip(measured(weights, order), (slice(2), slice(2, 4)))
    ]

    told = said(*epochs)

    assert told is not None
    assert "comes with 3.5 as weight in batch 1 of epoch 0" in told


def test_a_measured_value_that_is_augmented_with_its_picture_may_change():
    """What is drawn for each epoch has other values in each."""
    first, second = (np.array([0.5, 1.5, 2.5, 3.5]) * factor for factor in (1, 2))
    flipped = PICTURES[:, :, ::-1]
    epochs = [*measured(first, (2, 0, 3, 1)), *measured(second, (1, 2, 0, 3), flipped)]

    assert said(*epochs, augment=True, targets="own") is None


def test_two_values_beside_the_very_same_picture_are_told():
    """One of them is not its own, whatever was drawn; another input that differs is another x."""
    first, second = (np.array([0.5, 1.5, 2.5, 3.5]) * factor for factor in (1, 2))
    epochs = [*measured(first, (2, 0, 3, 1)), *measured(second, (1, 2, 0, 3))]
    apart = [
        ({"plain": x, "side": np.full(len(x), number)}, y) for number, (x, y) in enumerate(epochs)
    ]

    assert "where its x is the same to the byte" in said(*epochs, augment=True, targets="own")
    assert said(*apart, augment=True, targets="own") is None


def test_a_second_input_that_is_shuffled_apart_is_told():
    """Every epoch has the same rows of it, and each time beside other samples."""
    table = np.array([[10.0], [20.0], [30.0], [40.0]])

    told = said(*beside(table), *beside(table, (1, 2, 0, 3)))

    assert (
        "sample 1 comes with 40 in a further input in batch 1 of epoch 0, and with 10 in batch 0 of "
        "epoch 1: that is not shuffled with it" == told
    )


def test_a_second_input_of_each_sample_is_its_own():
    """What belongs to the sample goes with it through every order."""
    table = np.array([[10.0], [20.0], [30.0], [40.0]])
    orders = [[2, 0, 3, 1], [1, 2, 0, 3]]

    assert said(*(batch for order in orders for batch in beside(table[order], order))) is None


@pytest.mark.parametrize(
    "side",
    [np.array([0, 1, 0, 1]), np.array([[5.0], [5.0], [5.0], [5.0]])],
    ids=["the row's place", "a constant"],
)
def test_a_second_input_that_is_of_no_sample_is_left_alone(side):
    """A row's place in its batch, or a constant, is nothing that a sample could own."""
    assert said(*beside(side), *beside(side, (1, 2, 0, 3))) is None


def test_noise_beside_a_sample_is_left_alone():
    """What is drawn anew each time is not joined anew."""
    noise = np.arange(8.0)

    assert said(*beside(noise[:4]), *beside(noise[4:], (1, 2, 0, 3))) is None


def paired(*rows, classes=(0, 1, 0, 1)):
    """Return what is said of rows (left sample, right sample, y) that identify calls by the left one."""
    left, right, y = map(np.array, zip(*rows))
    batch = ({"left": PICTURES[left], "right": PICTURES[right]}, y)
    event = Event("epoch", 0, 0, observe(batch, lambda _: left.tolist()))
    facts = {"labels": list(classes), "own_identify": True}
    ledger = Ledger("epochs", Scenario(4, 4, epochs=1), (event,), facts=facts)
    return find("pairing.label").judge(ledger, Policy.of())


SAME, OTHER = 1, 0


def test_a_pair_has_a_label_of_its_own():
    """Whether two are of one class is no function of the label of one of them."""
    assert paired((0, 2, SAME), (1, 2, OTHER), (2, 1, OTHER), (3, 1, SAME)) is None


def test_a_pair_with_the_label_of_another_is_told():
    """Pairs of the same two classes have the same y."""
    told = paired((0, 1, OTHER), (2, 3, OTHER), (1, 3, SAME), (0, 3, SAME))

    assert (
        told
        == "sample 0 (label (0, 1)) comes with y = 1 in batch 0 of epoch 0; label (0, 1) is 0 elsewhere"
    )


#: The label of each, and how many there are of it.
COUNTED = np.array([[0, 1], [1, 1], [0, 2], [1, 2]], "float32")


def test_a_label_with_more_is_a_sample_s_own():
    """What tells the label and something beside it, always the same of a sample, is right."""
    assert said(*batches(COUNTED), *batches(COUNTED)) is None


def test_a_label_with_more_of_another_sample_is_told():
    """What a sample comes with stays the same from epoch to epoch."""
    assert " comes with y = " in said(*batches(COUNTED), *batches(COUNTED[::-1]))


def test_a_label_with_more_that_two_labels_share_is_told():
    """What comes with samples of two labels tells neither."""
    shared = COUNTED.copy()
    shared[2] = shared[3]

    assert " comes with y = " in said(*batches(shared), *batches(shared))
