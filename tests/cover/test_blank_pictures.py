"""Which rows are taken for no samples, where files are bad."""

from __future__ import annotations

import numpy as np
import pytest

from refloader.driving.observing.blank_rows import lenient, without_blanks

DRAWN = np.arange(3 * 4 * 4).reshape(3, 4, 4, 1)
BLACK = np.concatenate([DRAWN[:2], np.zeros((1, 4, 4, 1), int)])


@pytest.mark.parametrize(
    ("x", "left"),
    [
        pytest.param(DRAWN, [7, 8, 9], id="pictures"),
        pytest.param(BLACK, [7, 8, None], id="one black"),
        pytest.param((BLACK, DRAWN), [7, 8, 9], id="another beside it is none"),
        pytest.param((BLACK, DRAWN[:1]), [7, 8, None], id="one for the whole batch beside them"),
        pytest.param(np.zeros((3, 5)), [7, 8, 9], id="vectors"),
    ],
)
def test_a_blank_picture_is_no_sample(x, left):
    """Whatever an identify= told of a row whose pictures are all of one colour, it is not its sample."""
    assert left == without_blanks((x, np.zeros(3)), [7, 8, 9])


def test_what_cannot_be_told_beside_bad_files_is_no_sample():
    """An identify= that fails at what was made of a bad file tells of no row, as many as the batch has."""

    def fails(raw):
        raise KeyError(raw)

    assert [None] * 3 == lenient(fails)((DRAWN, np.zeros(3)))


def test_a_batch_that_says_too_little_is_not_excused():
    """LookupError itself is how an identify= says that it needs y, which is judged elsewhere."""

    def needs_y(raw):
        raise LookupError("y")

    with pytest.raises(LookupError):
        lenient(needs_y)((DRAWN,))


def test_nothing_is_excused_where_there_is_no_identify():
    """Without one the suite's own recovery tells, which knows of blanks."""
    assert lenient(None) is None
