"""How a failing drive is made smaller."""

from __future__ import annotations

from refloader.contract import drives
from refloader.contract.ledger import Scenario
from refloader.driving.drivers import Drive
from refloader.driving.scenarios import MOST_TRIED, smallest

LARGE = Scenario(13, 4, classes=3)


def tried(driver, fails):
    """Return what a failure is made smaller to, and each scenario that was tried, in turn."""
    made = []

    def noted(drive):
        made.append(drive.scenario)
        return fails(drive.scenario)

    return smallest(Drive(driver, LARGE, None), noted, 60), made


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
