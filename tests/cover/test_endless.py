"""A stream over what can only be iterated over, as frameworks that take generators want it."""

from __future__ import annotations

from itertools import islice

import pytest

import refloader


class Counted:
    """An iterable that counts its passes, of as many batches as are asked for."""

    def __init__(self, length):
        self.length, self.passes = length, 0

    def __iter__(self):
        self.passes += 1
        return iter([(self.passes, batch) for batch in range(self.length)])


def test_one_pass_begins_after_the_other():
    """Each pass is whole, and none is begun before its first batch is asked for."""
    batches = Counted(2)
    stream = refloader.endless(batches)

    assert batches.passes == 0
    assert list(islice(stream, 5)) == [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0)]


def test_a_list_becomes_a_tuple():
    """As torch collates samples (x, y); within a batch lists stay, as they are several inputs."""
    assert next(refloader.endless([[["a", "b"], 0]])) == (["a", "b"], 0)


def test_what_has_no_batches_ends():
    """Nothing can come: the stream ends, and does not look for ever."""
    assert list(refloader.endless(Counted(0))) == []


def test_an_iterator_is_refused():
    """It has one pass: the second epoch would be empty."""
    with pytest.raises(TypeError, match="list_iterator is an iterator, which has one pass"):
        refloader.endless(iter([]))
