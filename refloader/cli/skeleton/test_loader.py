"""Holds the loader to the contract of refloader: one test a requirement."""

from __future__ import annotations

from loader import Loader

import refloader


def make(samples, batch_size, seed):
    """Build the loader over samples that refloader makes."""
    return Loader(samples.paths, samples.labels, batch_size)


# Say here what the loader does on purpose: shuffle=True, seeded=True, tail="drop", ...
test_contract = refloader.contract_tests(make)
