"""Whether a factory and what it returns are as was declared."""

from __future__ import annotations

import pytest

from refloader.driving.forms import shape_error, signature_error


class Indexed:
    """Has what is read by index."""

    num_batches = 3

    def __getitem__(self, index):
        return index


@pytest.mark.parametrize(
    ("loader", "kind"),
    [
        (Indexed(), "sequence"),
        (iter(()), "generator"),
        (lambda: iter(()), "generator"),
        ((1, 2), "arrays"),
    ],
)
def test_what_is_of_the_declared_kind_is_no_error(loader, kind):
    """A length may be called num_batches, and a stream may be a function that returns one."""
    assert shape_error(loader, kind) is None


@pytest.mark.parametrize(
    ("loader", "kind", "told"),
    [
        (None, "generator", "it returned None; a generator"),
        (iter([]), "sequence", "declare kind='generator' if that is meant"),
        ({1}, "sequence", "refloader.endless(loader)"),
        ((1,), "arrays", "a tuple (x, y) or (x, y, sample_weight) of whole arrays was expected"),
    ],
)
def test_what_is_of_another_kind_is_named(loader, kind, told):
    """With what was expected, and what to declare where it looks like something else."""
    assert told in str(shape_error(loader, kind))


def test_a_factory_is_called_with_three_arguments_and_a_declared_shard() -> None:
    """Its signature is told where it cannot be called so."""
    assert signature_error(lambda _samples, _batch_size, _seed: None, shards=False) is None
    assert "(_samples)" == signature_error(lambda _samples: None, shards=False)
    assert signature_error(lambda _samples, _batch_size, _seed: None, shards=True) is not None
