"""A factory that refuses data of a type has answered; one that fails on it has not."""

from __future__ import annotations

import pytest

from refloader.contract.ledger import Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find


@pytest.mark.parametrize(
    ("dtype", "error", "told"),
    [
        pytest.param("float16", "TypeError: no float16 is taken", False, id="refused by name"),
        pytest.param("float16", "ValueError: float16 is not supported", False, id="as a value"),
        pytest.param("float16", "KeyError: 'float16'", True, id="it fails inside"),
        pytest.param("float16", "TypeError: ufunc 'add' failed", True, id="not named"),
        pytest.param("float32", "TypeError: no float32 is taken", True, id="the usual type"),
    ],
)
def test_a_type_that_is_refused_by_its_name_is_no_loss(dtype, error, told):
    """Only TypeError and ValueError refuse, only what they name, and never the usual type."""
    ledger = Ledger("epochs", Scenario(4, 2, dtype=dtype), build_error=error)

    said = find("coverage.no-loss").judge(ledger, Policy.of())

    assert told == (said is not None)
