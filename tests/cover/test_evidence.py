"""What a driving process comes to is what the ledger says of a drive."""

from __future__ import annotations

import pytest

from refloader.contract import drives
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.drivers import Drive
from refloader.driving.processes.driving_process import Died
from refloader.driving.processes.stillness import READING, Hang
from refloader.driving.processes.sweeping import make, patience_with

SCENARIO = Scenario(13, 4)


class Process:
    """Stands for a driving process: fails as told, one failure a drive, and then goes well."""

    def __init__(self, *failures):
        self.failures = list(failures)

    def ask(self, drive, patience):
        """Fail, or return the ledger of a drive that went well."""
        if self.failures:
            raise self.failures.pop(0)
        return Ledger("fit", drive.scenario)


def failed(ledger):
    """Return what became of a drive's process."""
    return ledger.hang, ledger.died


@pytest.mark.parametrize("failure", [Died("status -11"), Hang("nothing moves")])
def test_what_a_framework_does_once_is_no_verdict(failure):
    """A process that forks beside a framework's threads may end or stand still by chance."""
    assert (None, None) == failed(make(Drive(drives.TRAINING, SCENARIO), Process(failure)))


def test_what_comes_twice_in_a_framework_counts():
    """A loader that ends its process does so each time."""
    twice = Process(Died("status -9"), Died("status -11"))

    assert (None, "status -11") == failed(make(Drive(drives.TRAINING, SCENARIO), twice))


def test_what_a_loader_does_by_itself_counts_at_once():
    """Read directly there are no threads of others."""
    once = Process(Hang("nothing moves"))

    assert ("nothing moves", None) == failed(make(Drive(drives.EPOCHS, SCENARIO), once))


def test_a_loop_around_no_samples_is_told_soon():
    """There is nothing to compute, so what computes on is no slow loader."""
    over_nothing = patience_with(Drive(drives.EMPTY, Scenario(0, 4)))

    assert (
        over_nothing.spin * 5 < READING.spin == patience_with(Drive(drives.EPOCHS, SCENARIO)).spin
    )
