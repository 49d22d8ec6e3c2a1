"""Labels that an augmentation has blended are judged as the class that they mostly are."""

from __future__ import annotations

from typing import Any, Tuple

import pytest

from refloader.contract.chapters.pairing import label
from refloader.contract.judging.blended import same_labels, unblended
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy


def of(*targets: Any, ids: Tuple[int, ...] = (0, 1)) -> Batch:
    """Return a batch of samples with these y."""
    return Batch("(x, y)", (), ids, targets=tuple((one,) for one in targets))


def ledger(*batches: Batch, driver: str = "epochs") -> Ledger:
    """Return a ledger of one epoch of two samples for each batch."""
    events = tuple(Event("epoch", epoch, 0, batch) for epoch, batch in enumerate(batches))
    scenario = Scenario(2, 2, classes=2, epochs=len(batches))
    return Ledger(driver, scenario, events, facts={"labels": [0, 1]})


@pytest.mark.parametrize(
    ("target", "due"),
    [
        ((0.9, 0.1), (1.0, 0.0)),
        ((0.0, 1.0), (0.0, 1.0)),
        ((0.0, 0.7, 0.3), (0.0, 1.0, 0.0)),
        ((0.9, 0.3), (0.9, 0.3)),
        (0.9, 0.9),
        ("cat", "cat"),
    ],
)
def test_a_blended_label_is_mostly_one_class(target: Any, due: Any) -> None:
    """What is no shares of classes stays as it is."""
    (batch,) = unblended(ledger(of(target, target))).batches()

    assert batch.targets == ((due,), (due,))


@pytest.mark.parametrize(("driver", "share"), [("epochs", 0.55), ("blank-sample", 0.9)])
def test_a_row_of_which_it_is_unclear_what_it_shows_is_no_sample(driver: str, share: float) -> None:
    """So is any that is blended with a blank sample: through that one the other shows."""
    (batch,) = unblended(ledger(of((share, 1 - share), (0.0, 1.0)), driver=driver)).batches()

    assert batch.ids == (None, 1)


def test_blends_that_are_drawn_anew_are_of_the_same_labels() -> None:
    """Another largest share is another label."""
    first, again, other = (of((mine, 1 - mine), (0.0, 1.0)) for mine in (0.9, 0.7, 0.2))

    assert same_labels(first, again)
    assert not same_labels(first, other)
    assert not same_labels(first, of((0.9, 0.1)))


@pytest.mark.parametrize(
    ("second", "told"),
    [([(0.8, 0.2), (0.1, 0.9)], False), ([(0.2, 0.8), (0.9, 0.1)], True)],
    ids=["right", "exchanged"],
)
def test_a_blend_in_some_batches_is_held_to_the_labels_of_the_others(
    second: Any,
    told: bool,  # noqa: FBT001 - a case
) -> None:
    """Mixup may be drawn for a part of the batches; the largest share is the row's own still."""
    plain = of((1.0, 0.0), (0.0, 1.0))

    assert bool(label(ledger(plain, plain, of(*second)), Policy(augment=True))) == told
