"""Of which samples rows are that an augmentation hides."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Tuple

import pytest

from refloader.contract.judging.recovered import recovered
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.contract.policy import Policy

#: The sample of each row of a batch, None where it is hidden.
Ids = Tuple[Optional[int], ...]


def passes(*epochs: Sequence[Ids], n: int = 8, **facts: Any) -> Ledger:
    """Return the ledger of these epochs of batches."""
    events = tuple(
        Event("epoch", epoch, index, Batch("(x, y)", (), ids, spans=(1.0,) * len(ids)))
        for epoch, batches in enumerate(epochs)
        for index, ids in enumerate(batches)
    )
    return Ledger("epochs", Scenario(n, 4), events, facts=facts)


PLAIN = ((0, 1, 2, 3), (4, 5, 6, 7))
HIDDEN = ((0, None, 2, 3), (4, 5, None, 7))


@pytest.mark.parametrize(
    ("ledger", "policy", "found"),
    [
        pytest.param(passes(HIDDEN, PLAIN), {}, PLAIN, id="another epoch has them"),
        pytest.param(passes(HIDDEN, PLAIN), {"shuffle": True}, HIDDEN, id="in another order"),
        pytest.param(passes(HIDDEN, PLAIN[::-1]), {}, HIDDEN, id="other samples elsewhere"),
        pytest.param(passes(((0, None, 2, 3), PLAIN[1])), {}, PLAIN, id="one alone is missing"),
        pytest.param(passes(HIDDEN), {}, HIDDEN, id="one of two"),
        pytest.param(
            passes(HIDDEN, PLAIN, bad=1),
            {},
            ((0, None, 2, 3), PLAIN[1]),
            id="what stands for a damaged file",
        ),
    ],
)
def test_hidden_samples_are_those_of_which_nothing_leaves_a_doubt(
    ledger: Ledger, policy: Any, found: Sequence[Ids]
) -> None:
    """Told by other epochs, or by what is missing; where there is a doubt they stay hidden."""
    events = recovered(ledger, Policy.of(augment=True, **policy)).events[:2]

    assert [event.ids for event in events] == list(found)


def test_without_augmentation_nothing_is_hidden() -> None:
    """What is no sample then stays none."""
    ledger = passes(HIDDEN, PLAIN)

    assert recovered(ledger, Policy.of()) is ledger
