"""When a process and its workers are said to stand still."""

from __future__ import annotations

import contextlib

import pytest

from refloader.driving.processes import stillness
from refloader.driving.processes.standstill import BUSY, standstill
from refloader.driving.processes.stillness import Hang, Patience, Watch


class Scripted(Watch):
    """Sees what it is told in place of processes: (processor time, stacks) at each look."""

    def __init__(self, looks, tmp_path, known=frozenset()):
        super().__init__(1, tmp_path / "stacks", Patience(30.0, looks=3, native=5, again=1), known)
        self.looks = iter(looks)

    def look(self):
        """Look at the next of them."""
        self.now = next(self.looks)
        super().look()

    def _cpu(self):
        return dict(self.now[0])

    def _going(self):
        return False

    def _dump(self):
        return dict(self.now[1])


@pytest.fixture(autouse=True)
def _at_each_look(monkeypatch):
    monkeypatch.setattr(stillness, "APART_SECONDS", -1.0)


def watched(looks, tmp_path, known=frozenset()):
    """Return after how many looks it is said to hang, None where it never is."""
    watch, made = Scripted(looks, tmp_path, known), []
    with contextlib.suppress(Hang):
        for look in looks:
            made.append(look)
            watch.look()
        return None
    return len(made)


def test_waiting_that_looks_at_a_flag_is_standing_still(tmp_path):
    """A little processor time in each of many processes adds up to no progress."""
    looks = [
        (dict.fromkeys(range(9), 0.04 * turn), dict.fromkeys(range(9), "poll")) for turn in range(6)
    ]

    assert watched(looks, tmp_path) == 4


def test_computing_is_not_standing_still(tmp_path):
    """Who computes between two looks moves, wherever that is in the program."""
    looks = [({1: 0.5 * turn}, {1: "decode"}) for turn in range(6)]

    assert watched(looks, tmp_path) is None


def test_workers_that_end_and_are_replaced_are_no_progress(tmp_path):
    """What stands still is who waits for them: a pool's new workers are others at each look."""
    looks = [({1: 0.0, pid: 0.01}, {1: "wait", pid: f"{pid} begins"}) for pid in range(2, 8)]

    assert watched(looks, tmp_path) == 4


def test_a_process_that_is_elsewhere_at_the_next_look_moves(tmp_path):
    """Without processor time to speak of it goes on, if slowly."""
    looks = [({1: 0.0}, {1: f"line {turn}"}) for turn in range(6)]

    assert watched(looks, tmp_path) is None


NATIVE = """Driving process:
Current thread 0x00007f (most recent call first):
  File "/usr/lib/python3/site-packages/keras/src/utils/traceback_utils.py", line 65 in error_handler
  File "/home/me/train.py", line 3 in fit
"""
BESIDE = """
Thread 0x00007e (most recent call first):
  File "/home/me/loader.py", line 9 in __getitem__
"""


@pytest.mark.parametrize(("stacks", "looks"), [(NATIVE, 6), (NATIVE + BESIDE, 4)])
def test_what_waits_in_native_code_alone_is_given_longer(tmp_path, stacks, looks):
    """A framework that frees its own threads sleeps for them; who waits for the loader does not."""
    still = [({1: 0.0}, {1: stacks})] * 9

    assert watched(still, tmp_path) == looks


def test_where_one_drive_stood_the_next_is_not_waited_for_so_long(tmp_path):
    """A loader that hangs in most drives is told of in minutes otherwise; at another place it may be slow."""
    stacks = NATIVE + BESIDE
    still = [({1: 0.0}, {1: stacks})] * 9

    assert watched(still, tmp_path, {standstill(stacks)}) == 2
    assert watched(still, tmp_path, {standstill(NATIVE)}) == 4


@pytest.mark.parametrize(("spinning", "busy"), [(1, True), (2, False)])
def test_who_waits_beside_a_busy_worker_is_not_busy(tmp_path, spinning, busy):
    """A loop without end is told of the driving process alone: beside one in a worker it waits."""
    watch = Scripted(
        [({1: 0.0, 2: 0.0}, {}), ({1: 1.0, 2: 1.0, spinning: 31.0}, {1: "f", 2: "g"})], tmp_path
    )
    watch.look()
    with pytest.raises(Hang) as hang:
        watch.look()

    assert busy == str(hang.value).startswith(BUSY)
    assert str(hang.value).endswith("f\ng")


def test_a_loop_without_end_is_waited_for_once():
    """With a loader in which one was seen the next is told of after a third of the processor time."""
    usual = Patience(27.0, looks=3, native=5, again=1)

    assert [27, 9, 3, 3] == [usual.after_loops(seen).spin for seen in range(4)]
    assert usual.after_loops(2) == usual._replace(spin=3.0)
