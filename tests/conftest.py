"""Choose the Hypothesis profile of the whole test run, and let it be interrupted."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# They assert for the tests in several folders.
pytest.register_assert_rewrite("snapshot_files", "witnesses")

VARIABLE = "REFLOADER_HYPOTHESIS_PROFILE"
PROFILES = ("guard", "nightly")

# No clock decides a test, so neither does Hypothesis' own judgement of what is slow.
_CLOCKLESS = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# The same examples in every run: a failure in a guard means that something changed.
settings.register_profile("guard", parent=_CLOCKLESS, derandomize=True)

# New examples in every run; the blob replays a failure where it is then looked at.
settings.register_profile(
    "nightly", parent=_CLOCKLESS, derandomize=False, max_examples=1000, print_blob=True
)


def _chosen_profile() -> str:
    name = os.environ.get(VARIABLE, "guard")
    if name not in PROFILES:
        expected = " or ".join(PROFILES)
        message = f"{VARIABLE} is {name!r}; expected {expected}"
        raise pytest.UsageError(message)
    return name


settings.load_profile(_chosen_profile())

# What a shell runs in the background ignores interrupts, and so would the programs that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
