"""How a failing drive is made smaller."""

from __future__ import annotations

import pytest

from refloader.contract import drives
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.corners import CORNERS
from refloader.driving.drivers import Drive
from refloader.driving.scenarios import MOST_TRIED, applicable, planned, smallest

LARGE = Scenario(13, 4, classes=3)


def tried(driver, fails, **policy):
    """Return what a failure is made smaller to, and each scenario that was tried, in turn."""
    made = []

    def noted(drive):
        made.append(drive.scenario)
        return fails(drive.scenario)

    return smallest(Drive(driver, LARGE, None), noted, 60, Policy.of(**policy)), made


def test_a_failure_is_made_as_small_as_it_goes():
    """A drive of milliseconds is tried until nothing smaller fails."""
    least, _ = tried(drives.EPOCHS, lambda scenario: scenario.n >= 3)

    assert (3, 1) == (least.scenario.n, least.scenario.batch_size)


def test_drives_that_take_long_are_tried_a_few_times():
    """What fails where a framework trains is made smaller in so many trainings, each another one."""
    least, made = tried(drives.TRAINING, lambda scenario: scenario.n >= 3)

    assert least.scenario in made
    assert least.scenario.n < LARGE.n
    assert len(made) == len(set(made)) <= MOST_TRIED[drives.TRAINING]


def test_what_fails_in_nothing_smaller_stays_as_it_was():
    """The drive that failed is the witness then."""
    least, _ = tried(drives.RESOURCES, lambda _scenario: False)

    assert least.scenario == LARGE


def test_a_brief_plan_has_corners_of_few_epochs():
    """Where each batch is dear, nothing is drawn, and nothing read a hundred times."""
    policy = Policy.of(samples="arrays")
    whole = planned(drives.EPOCHS, None, policy)
    brief = planned(drives.EPOCHS, None, policy, brief=True)

    assert set(brief) < set(whole)
    assert {one.scenario for one in brief} < set(CORNERS[drives.EPOCHS])
    assert max(one.scenario.n for one in brief) == max(one.scenario.n for one in whole)


def test_many_samples_are_asked_of_vectors_alone():
    """So many cost a loader of vectors little; of files they are never written."""
    policy = Policy.of(samples="arrays")
    usual, vectors = (
        max(one.scenario.n for one in planned(drives.EPOCHS, None, policy, vectors=alone))
        for alone in (False, True)
    )

    assert usual < 2**11
    assert vectors > 2**15


def test_a_stream_is_read_for_a_thousand_epochs():
    """As many as Python has frames: an indexable loader, which cannot get deeper, is not."""
    longest = [
        max(
            one.scenario.epochs
            for one in planned(drives.EPOCHS, None, Policy.of(samples="arrays", kind=kind))
        )
        for kind in ("sequence", "generator")
    ]

    assert longest[0] < 1000 < longest[1]


def test_of_many_samples_nothing_smaller_is_looked_for():
    """A try of so many takes a second."""
    many = Drive(drives.EPOCHS, Scenario(45_000, 1_500))

    assert many == smallest(many, lambda _drive: True, 60, Policy())


def test_where_there_are_pairs_no_data_set_is_too_small_for_two():
    """What is planned and what a failure is made smaller to has four samples or more, or none."""
    sizes = {
        drive.scenario.n
        for driver in CORNERS
        for drive in planned(driver, None, Policy.of(classes="pairs"))
    }
    least, _ = tried(drives.EPOCHS, lambda _scenario: True, classes="pairs")

    assert min(sizes - {0}) == least.scenario.n == 4


def test_less_than_a_batch_stays_so_where_there_are_pairs():
    """A data set that is made larger is asked for in batches that are larger by as much."""
    made = planned(drives.EPOCHS, None, Policy.of(classes="pairs"))

    assert any(2 * drive.scenario.n < drive.scenario.batch_size for drive in made)


@pytest.mark.parametrize(
    ("policy", "asked"),
    [({}, False), ({"augment": True}, True), ({"sampling": "with-replacement"}, True)],
)
def test_draws_are_compared_where_there_are_some(policy, asked):
    """The drive takes a second, and of a loader that draws nothing nobody asks for it."""
    assert asked == applicable(drives.DRAWS, Policy.of(**policy))
