"""Memory of batches serves again, but never while anything still refers to it."""

from __future__ import annotations

import pickle
from typing import Callable, Dict

import numpy as np
import pandas as pd
import pytest

from refloader.loading import ArrayLoader
from refloader.loading.memory import ALIGNMENT, KEPT, LARGE, Memory

SHAPE = (4, LARGE)

#: Ways to hold a batch without holding the array that was delivered.
HOLDS: Dict[str, Callable[[np.ndarray], object]] = {
    "slice": lambda x: x[1:2],
    "transposed": lambda x: x.T[5:],
    "another dtype": lambda x: x.view("int32"),
    "memoryview": memoryview,
    "frame": lambda x: pd.DataFrame(x, copy=False),
}


def address(array: np.ndarray) -> int:
    """Return where an array's first byte is."""
    return int(array.ctypes.data)


def test_memory_of_a_batch_that_nobody_holds_serves_again() -> None:
    """The next array of that size begins where the one before did, once that has ended."""
    memory = Memory()
    first = address(memory.empty(SHAPE, "uint8"))

    assert first == address(memory.empty(SHAPE, "uint8"))


@pytest.mark.parametrize("how", HOLDS)
def test_memory_that_is_held_is_left_alone(how: str) -> None:
    """Whatever view of a batch is still held keeps its values."""
    memory = Memory()
    batch = memory.empty(SHAPE, "uint8")
    batch[...] = 7
    held, place = HOLDS[how](batch), address(batch)
    del batch

    memory.empty(SHAPE, "uint8")[...] = 9

    assert {7} == set(np.ravel(held).view("uint8").tolist())
    del held
    assert place in {address(one) for one in [memory.empty(SHAPE, "uint8") for _ in range(KEPT)]}


def test_no_hoard_is_kept() -> None:
    """Of more arrays than that at once, the memory of only so many is kept."""
    memory = Memory()
    batches = [memory.empty(SHAPE, "uint8") for _ in range(3 * KEPT)]
    del batches

    assert [KEPT] == [len(free) for free in memory._free.values()]


def test_pickled_memory_is_empty() -> None:
    """What is sent to another process takes no batches with it."""
    memory = Memory()
    memory.empty(SHAPE, "uint8")

    assert len(pickle.dumps(memory)) < ALIGNMENT * 2


def test_whole_data_set_is_not_kept() -> None:
    """`arrays()` gives all samples at once: a loader does not hold memory of that size afterwards."""
    loader = ArrayLoader(np.zeros((8, LARGE), "uint8"), np.arange(8), batch_size=2)
    loader.arrays()

    assert [] == [size for size in loader._memory._free if size > 4 * LARGE]
