"""A loader of a Keras that is not in use is not fed to the one that is."""

from __future__ import annotations

import pytest
import some_loaders

from refloader import ready
from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.frameworks import installed
from refloader.session import Session

#: As if the loader's class had a base that this package defines.
LEGACY = type("Sequence", (), {"__module__": "tf_keras.src.utils.data_utils"})


class Legacy(some_loaders.Slices, LEGACY):
    """A Sequence of tf_keras."""


def make(samples, batch_size, _seed):
    """Build it."""
    return Legacy(*samples.arrays, batch_size)


def verdicts(session):
    """Return the verdict on what training shows, and why."""
    with session:
        (one,) = session.results(choose(("training.consumed-once",)))
    return one.verdict, one.reason


@pytest.fixture(autouse=True)
def _keras_in_use(monkeypatch):
    monkeypatch.setattr(installed, "installed", lambda: installed.Framework("keras", "torch"))


@pytest.mark.parametrize("ready_made", [False, True])
def test_training_with_another_keras_is_left_out_in_words(ready_made):
    """Keras 3 refuses a Sequence of tf_keras: no fault of the loader, and the way out is named."""
    if ready_made:
        session = ready.session(Legacy(*some_loaders.arrays(21), 4), Policy(), n=21)
    else:
        session = Session(make, Policy())

    verdict, reason = verdicts(session)

    assert "unavailable" == verdict
    assert "REFLOADER_KERAS=tf_keras" in reason


@pytest.mark.parametrize(("keras", "fed"), [(None, True), ("keras", True), ("tf_keras", False)])
def test_which_loaders_are_fed(keras, fed):
    """A loader without a base of Keras goes into any."""
    assert installed.feeds(keras) is fed
