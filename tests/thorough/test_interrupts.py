"""An interrupt that comes while a batch is read ends the read, or the loader is told of."""

from __future__ import annotations

import contextlib
import signal

import pytest
import some_loaders

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drives.interrupted import interrupted
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench


class Bare(some_loaders.Slices):
    """Tries once more whatever comes in between."""

    def __getitem__(self, index):
        try:
            return super().__getitem__(index)
        except:  # noqa: E722 - what is looked for
            return super().__getitem__(index)


class Named(some_loaders.Slices):
    """Catches an interrupt by its name, among others."""

    def __getitem__(self, index):
        try:
            return super().__getitem__(index)
        except (OSError, KeyboardInterrupt):
            return super().__getitem__(index)


class Finally(some_loaders.Slices):
    """Returns in `finally`, which ends whatever was under way."""

    def __getitem__(self, index):
        batch = None
        try:
            batch = super().__getitem__(index)
        finally:
            return batch or super().__getitem__(index)  # noqa: B012 - what is looked for


class Suppresses(some_loaders.Slices):
    """Suppresses everything around a part that can be done without."""

    def __getitem__(self, index):
        with contextlib.suppress(BaseException):
            self.last = index
        return super().__getitem__(index)


class RaisesAgain(some_loaders.Slices):
    """Cleans up and lets the interrupt go on."""

    def __getitem__(self, index):
        try:
            return super().__getitem__(index)
        except:
            self.last = None
            raise


class Renames(some_loaders.Slices):
    """Ends with an error of its own."""

    def __getitem__(self, index):
        try:
            return super().__getitem__(index)
        except BaseException as error:
            msg = "cannot read"
            raise ValueError(msg) from error


class CatchesErrors(some_loaders.Slices):
    """Catches errors alone, of which an interrupt is none."""

    def __getitem__(self, index):
        try:
            return super().__getitem__(index)
        except Exception:  # noqa: BLE001 - what is looked at
            return super().__getitem__(index)


def stream(samples, batch_size, _seed):
    """Yield batches for ever, and go on after whatever comes in between."""
    loader = some_loaders.Slices(*samples.arrays, batch_size)
    while True:
        for index in range(len(loader)):
            try:
                batch = loader[index]
            except:  # noqa: E722, S112 - what is looked for
                continue
            yield batch


def said(factory, tmp_path, **declared):
    """Return what the requirement says of a factory's loader."""
    policy = Policy.of(samples="arrays", **declared)
    ledger = interrupted(Bench(factory, policy, str(tmp_path)), Scenario(9, 4), no_progress)
    return find("faults.interrupt").judge(ledger, policy)


@pytest.mark.parametrize(
    ("loader", "line"),
    [
        (Bare, "return super().__getitem__(index)"),
        (Named, "return super().__getitem__(index)"),
        (Finally, "batch = super().__getitem__(index)"),
        (Suppresses, "self.last = index"),
    ],
)
def test_a_swallowed_interrupt_is_told_with_its_place(loader, line, tmp_path):
    """Each way to swallow an interrupt is found, and the line before which it came is shown."""
    told = said(some_loaders.factory(loader), tmp_path)

    assert told.startswith("an interrupt before test_interrupts.py:")
    assert told.endswith(f" ({line}) is swallowed: the read goes on")


@pytest.mark.parametrize("loader", [RaisesAgain, Renames, CatchesErrors, some_loaders.Slices])
def test_a_read_that_ends_is_not_blamed(loader, tmp_path):
    """Who cleans up and raises, the interrupt or an error of their own, swallows nothing."""
    assert said(some_loaders.factory(loader), tmp_path) is None


def test_a_generator_is_interrupted_too(tmp_path):
    """A generator that goes on after an interrupt is found, though it has no class of its own."""
    assert "(batch = loader[index]) is swallowed" in said(stream, tmp_path, kind="generator")


@pytest.fixture
def own_handler():
    """Give the tests' process its handler back."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def _handled_by(handler):
    def factory(samples, batch_size, seed):
        signal.signal(signal.SIGINT, handler)
        return some_loaders.Slices(*samples.arrays, batch_size)

    return factory


def _later(_number, _frame):
    pass


def _exits(_number, _frame):
    raise SystemExit


@pytest.mark.parametrize(("handler", "name"), [(_later, "_later"), (signal.SIG_IGN, "SIG_IGN")])
@pytest.mark.usefixtures("own_handler")
def test_a_handler_that_ends_nothing_is_told(handler, name, tmp_path):
    """Whoever takes Ctrl-C for themselves and raises nothing is named."""
    told = said(_handled_by(handler), tmp_path)

    assert (
        f"once it is built and read, Ctrl-C ends nothing: {name} takes it, and raises no error"
        == told
    )


@pytest.mark.usefixtures("own_handler")
def test_a_handler_that_ends_the_program_is_not_blamed(tmp_path):
    """A handler may say farewell in its own way."""
    assert said(_handled_by(_exits), tmp_path) is None
