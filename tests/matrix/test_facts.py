"""The installed framework does to a loader what is recorded of it."""

from __future__ import annotations

import warnings

import pytest
from presence import twins

from refloader.record.catalogue import FACTS
from refloader.record.comparing import changes
from refloader.record.confirming import confirmed
from refloader.record.measuring import jobs, measure
from refloader.record.store import Record


@pytest.fixture
def recorded() -> Record:
    """Return the record of the installed versions; without one nothing can be compared."""
    here = Record.here()
    found = twins()
    assert found, (
        f"nothing is recorded of {here.environment}: run `refloader facts --record fixtures/facts` "
        "in this environment and look at what it writes"
    )
    return found[0]


def test_every_fact_is_as_recorded(recorded):
    """Every question is answered, and by nothing that was not seen when it was recorded.

    An answer that does not come up again in four more runs is warned of, and is no change.
    """
    measured = Record.here()
    for _, answers in measure(jobs(FACTS, repeats=1)):
        for answer in answers:
            measured.add(answer.fact, answer.setting, answer.value)

    stands, once = confirmed(changes(recorded, measured))
    for change in once:
        warnings.warn(f"seen once: {_said(change)}", stacklevel=1)
    assert [] == [_said(change) for change in stands]


def _said(change):
    return f"{change.fact.slug}, {change.setting}: {change.words}"
