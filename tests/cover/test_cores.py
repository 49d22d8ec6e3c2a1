"""A loader that is built elsewhere finds another number of processors there."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Dict

import pytest

from refloader.driving.processes.elsewhere import elsewhere


def counted() -> Dict[str, int]:
    """Return the number of processors by each way to ask for it."""
    asked = {
        "os.cpu_count": os.cpu_count() or 0,
        "multiprocessing.cpu_count": multiprocessing.cpu_count(),
        "of a context": multiprocessing.get_context("spawn").cpu_count(),
    }
    for name in ("sched_getaffinity", "process_cpu_count"):
        if hasattr(os, name):
            found = getattr(os, name)(*[0] * (name == "sched_getaffinity"))
            asked[name] = found if isinstance(found, int) else len(found)
    return asked


@pytest.fixture(scope="module")
def there() -> Dict[str, int]:
    """Count them in a fresh process."""
    answer = elsewhere(counted)
    assert isinstance(answer, dict), answer
    return answer


@pytest.mark.parametrize("way", sorted(counted()))
def test_there_are_more_or_fewer_processors(there: Dict[str, int], way: str) -> None:
    """Whichever way one asks, it is the same number, and not that of this machine."""
    assert there[way] != counted()[way]
    assert len(set(there.values())) == 1


def test_they_are_as_here_under_a_hash_seed_of_one_s_choice() -> None:
    """Where strings alone are to hash otherwise, nothing else is otherwise."""
    assert elsewhere(counted, hash_seed="2") == counted()


def work() -> int:
    """Sum up in as many threads as there are processors, and four."""
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(abs, range(-9, 0)))


def test_pools_are_made_of_them() -> None:
    """Who asks for the number to start as many workers works there as here."""
    assert elsewhere(work) == work()
