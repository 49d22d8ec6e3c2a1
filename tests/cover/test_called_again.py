"""A factory that cannot be called again with the same samples is told of once, and is no error of the suite."""

from __future__ import annotations

import weakref

import pytest
import some_loaders

from refloader.contract.ledger import UNBUILT, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE, find
from refloader.driving.drivers import Drive, make
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench

POLICY = Policy.of(samples="frame")


def pops(samples, batch_size, seed):
    """Take the labels out of the frame, in place of a copy of them."""
    labels = samples.frame.pop("label").to_numpy()
    return some_loaders.Slices(samples.arrays[0], labels, batch_size)


def exclusive(samples, batch_size, seed):
    """Build one loader after the other, but never two."""
    if any(loader() is not None for loader in LIVING):
        raise RuntimeError("there is one already")
    loader = some_loaders.Slices(*samples.arrays, batch_size)
    LIVING[:] = [weakref.ref(loader)]
    return loader


LIVING = []


@pytest.fixture
def drive(tmp_path):
    """Return a function that makes a drive of a factory's loaders."""

    def made(factory, driver, variant=None):
        bench = Bench(factory, POLICY, str(tmp_path))
        return make(Drive(driver, Scenario(8, 4), variant), bench, no_progress)

    return made


@pytest.mark.parametrize("driver", ["interleaved", "hooks", "resources"])
def test_a_drive_that_builds_again_is_an_empty_one(drive, driver):
    """What the factory raises then is no crash of the suite, and no requirement says a word of it."""
    ledger = drive(pops, driver, "no hook is ever called" if driver == "hooks" else None)

    assert "KeyError" in ledger.facts[UNBUILT]
    assert not any(one.said(ledger, POLICY) for one in CATALOGUE.values())


def test_it_is_told_of_as_a_second_loader_that_cannot_be(drive):
    """The drive of two loaders says what is raised when there was one over these samples before."""
    told = find("protocol.loaders").said(drive(pops, "two-loaders"), POLICY)

    assert told.startswith(
        "over the same samples no other loader can be built: the factory raised KeyError"
    )


def test_who_refuses_two_at_a_time_is_not_blamed(drive):
    """What holds something for itself alone, as a device, may be built anew once it is let go."""
    assert find("protocol.loaders").said(drive(exclusive, "two-loaders"), POLICY) is None
