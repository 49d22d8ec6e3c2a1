"""Whether torch computes gradients is the process's, and a loader's to leave as it is."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from refloader.driving.surroundings.process_state import changes, look, put


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Stand in for torch, with the switch alone."""
    module = ModuleType("torch")
    state = {"on": True}
    vars(module).update(
        is_grad_enabled=lambda: state["on"],
        set_grad_enabled=lambda wanted: state.update(on=wanted),
    )
    monkeypatch.setitem(sys.modules, "torch", module)
    return module


def test_gradients_that_are_turned_off_are_seen_and_turned_on_again(torch: ModuleType) -> None:
    """A loader that ends the learning of whatever is trained is told of, and undone."""
    before = look()
    torch.set_grad_enabled(False)

    assert changes(before, look()) == ["whether torch computes gradients"]

    put(before)

    assert torch.is_grad_enabled()
