"""Class indexes and columns that look like codes of the classes, and miss one."""

from __future__ import annotations

import pytest

from refloader.contract.judging.codes import no_index_for_zero, one_without_column


def seen(*codes):
    """Return what is seen of labels that come with one code each."""
    return {label: [code] for label, code in enumerate(codes)}


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        pytest.param((-1, 1, 2), True, id="-1 in place of 0"),
        pytest.param(((-1,), (1,), (2,)), True, id="in a column"),
        pytest.param((0, 1, 2), False, id="each class has its index"),
        pytest.param((-1, 0, 1), False, id="a scale around 0"),
        pytest.param((-1, 1), False, id="two classes"),
        pytest.param((-2, -1, 1, 2), False, id="a scale without 0"),
        pytest.param((1, 2, 3), False, id="numbered from 1"),
        pytest.param((255, 0, 1), True, id="1 taken off a byte"),
        pytest.param((0, 1, 255), False, id="a last class that is left out"),
        pytest.param(("-1", "1", "2"), False, id="text"),
        pytest.param(((1, 0, 0), (0, 1, 0), (0, 0, 1)), False, id="one-hot"),
    ],
)
def test_the_first_class_is_not_minus_one_where_others_are_one_two_and_so_on(codes, told):
    """`index or -1` makes -1 of the index 0, and `label - 1` the greatest number without a sign."""
    assert told == bool(no_index_for_zero(seen(*codes), len(codes)))


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        pytest.param(((0, 0), (1, 0), (0, 1)), True, id="the first class has none"),
        pytest.param(((1, 0, 0), (0, 1, 0), (0, 0, 1)), False, id="each has one"),
        pytest.param(((0,), (1,)), False, id="a column for two"),
        pytest.param(((1, 0), (0, 1), (0, 0)), False, id="written for fewer classes"),
    ],
)
def test_each_class_has_a_column_of_its_own(codes, told):
    """Dummies of which the first is dropped leave a class that no loss sees."""
    assert told == bool(one_without_column(seen(*codes), len(codes)))
