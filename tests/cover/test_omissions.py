"""What is left out before anything is looked at, and why."""

from __future__ import annotations

import pytest

from refloader import omissions
from refloader.contract.drives import FRAMEWORK, STARTED_FIT
from refloader.frameworks.installed import Framework


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a Keras installed, or so it seems."""
    monkeypatch.setattr(omissions, "installed", lambda: Framework("keras", "torch"))


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("asked", "left_out"),
    [
        ({"training": True, "start_methods": True}, {}),
        ({"training": True, "start_methods": False}, {STARTED_FIT: omissions.NOT_ASKED}),
        (
            {"training": False, "start_methods": True},
            dict.fromkeys(FRAMEWORK, omissions.NOT_ASKED),
        ),
    ],
)
def test_what_was_not_asked_for_is_left_out(asked, left_out):
    """Workers that `fit` spawns take half a minute: they are fed where that is asked for."""
    assert left_out == omissions.without(**asked)


def test_without_a_keras_nothing_is_fed(monkeypatch):
    """That is another reason than not having been asked."""
    monkeypatch.setattr(omissions, "installed", lambda: None)

    assert dict.fromkeys(FRAMEWORK, omissions.NO_FRAMEWORK) == omissions.without(
        training=True, start_methods=True
    )
