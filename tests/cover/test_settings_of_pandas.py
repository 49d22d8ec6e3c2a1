"""The options of pandas, which are everybody's."""

from __future__ import annotations

import pandas as pd

from refloader.driving.surroundings.process_state import changes, look, put


def test_an_option_that_is_set_is_seen_and_put_back() -> None:
    """By its name; those that nobody sets are not looked at twice."""
    before = look()
    pd.set_option("display.max_rows", 7)
    after = look()
    put(before)

    assert ["the option of pandas display.max_rows"] == changes(before, after)
    assert [] == changes(before, look())
