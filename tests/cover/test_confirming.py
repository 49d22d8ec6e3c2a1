"""An answer that the record does not have is a change where it comes up again."""

from __future__ import annotations

import pytest
from some_records import hooks, recorded

from refloader.record.comparing import changes
from refloader.record.confirming import AGAIN, confirmed
from refloader.record.measuring import Answer


def answering(*values):
    """Return a way of measuring that gives these answers in turn, and the jobs that it was given."""
    asked = []

    def run(todo):
        asked.extend(todo)
        for job, value in zip(todo, values):
            yield job, [Answer(fact, job.setting, value) for fact in job.probe.facts]

    return run, asked


@pytest.mark.parametrize("place", range(AGAIN))
def test_an_answer_that_comes_up_again_is_a_change(place):
    """Once more is enough: a framework that changed gives its new answer again."""
    values = [0] * AGAIN
    values[place] = 3
    run, asked = answering(*values)
    found = changes(hooks(0, tensorflow="2.1.4"), hooks(3, tensorflow="2.1.4"))

    assert (found, []) == confirmed(found, run)
    assert [1, 2, 3, 4] == [job.turn for job in asked]
    assert {"alone"} == {job.setting for job in asked}


def test_an_answer_that_does_not_come_up_again_is_no_change():
    """What load or a rare race gave once is said, and is not held against the framework."""
    run, _ = answering(*[0] * AGAIN)
    found = changes(hooks(0, tensorflow="2.1.4"), hooks(3, tensorflow="2.1.4"))

    assert ([], found) == confirmed(found, run)


def test_what_was_not_asked_is_a_change_at_once():
    """A fact that one of the two lacks needs no second run."""
    run, asked = answering()
    found = changes(recorded({}, tensorflow="2.1.4"), hooks(3, tensorflow="2.1.4"))

    assert (found, []) == confirmed(found, run)
    assert [] == asked
