"""A tf.data pipeline without a seed of its own draws the same in each check."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from refloader.driving.global_random import UNLIKE, steady_random


@pytest.mark.parametrize("imported", [True, False])
def test_tensorflow_is_seeded_where_a_loader_has_imported_it(monkeypatch, imported):
    """Nothing is imported for it, and the seed is not the one that a loader may seed with itself."""
    seeds = []
    generators = SimpleNamespace(set_seed=seeds.append)
    monkeypatch.setitem(
        sys.modules, "tensorflow", SimpleNamespace(random=generators) if imported else None
    )
    with steady_random(3):
        pass

    assert ([3 + UNLIKE] if imported else []) == seeds


def test_tensorflow_of_the_first_kind_is_left_alone(monkeypatch):
    """It seeds a graph, and there is none yet."""
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(random=SimpleNamespace()))
    with steady_random(3):
        assert not hasattr(sys.modules["tensorflow"].random, "set_seed")
