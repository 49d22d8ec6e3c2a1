"""The baton lets real threads run in the order that a schedule says, and no other."""

from __future__ import annotations

import multiprocessing
import threading

import pytest

from refloader.driving.drives.baton import Baton

HERE = frozenset({__file__})


def steps(name, log, count):
    """Return a reader that logs `count` lines under its name."""

    def read():
        for number in range(count):
            log.append((name, number))

    return read


def test_without_grants_readers_run_one_after_the_other():
    """Once the schedule is used up each reader runs to its end."""
    log = []

    Baton([], HERE).run([steps("a", log, 3), steps("b", log, 3)])

    assert [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("b", 2)] == log


@pytest.mark.parametrize("lines", range(1, 5))
def test_a_process_that_a_reader_forks_goes_on_by_itself(lines):
    """What a reader starts, such as a pool of workers, waits for no baton."""
    ended = []

    def start():
        worker = multiprocessing.get_context("fork").Process(target=steps("child", [], 3))
        worker.start()
        worker.join(30)
        worker.kill()
        ended.append(worker.exitcode)

    Baton((lines, lines), HERE).run([start, steps("other", [], 3)])

    assert [0] == ended


@pytest.mark.parametrize("schedule", [(3,), (3, 3), (5, 2, 4), (2,) * 12])
def test_a_schedule_gives_the_same_interleaving_each_time(schedule):
    """The same grants lead to the same order of lines, run after run."""
    logs = []
    for _ in range(5):
        log = []
        Baton(schedule, HERE).run([steps("a", log, 4), steps("b", log, 4)])
        logs.append(log)

    assert [logs[0]] * 5 == logs


def test_a_switch_in_mid_function_interleaves_the_readers():
    """A reader that is stopped between two of its lines lets the other run in between."""
    log = []

    Baton((4, 5), HERE).run([steps("a", log, 4), steps("b", log, 4)])

    assert sorted(log) != log


def test_switches_name_reader_file_and_line():
    """Each turn that ended before the reader did is noted with the line it stopped before."""
    baton = Baton((3,), HERE)

    baton.run([steps("a", [], 4), steps("b", [], 4)])

    assert [(0, __file__)] == [(reader, file) for reader, file, _ in baton.switches]


class Hasty(Baton):
    """Finds a reader asleep between its line and its wait, as it is while it has not the GIL."""

    def _take_turn(self, number):
        self._asleep[number] = True
        super()._take_turn(number)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_reader_that_was_thought_asleep_gets_its_turn(turn):
    """Who waits for the baton is awake, whatever it was taken for: nobody waits for ever."""
    lock = threading.Lock()
    log = []

    def locked():
        with lock:
            log.append("in")
            log.append("out")

    Hasty([turn, turn], HERE).run([locked, locked])

    assert ["in", "out"] * 2 == log


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_lock_held_by_a_paused_reader_stops_nobody_for_ever(turn):
    """A reader that waits for a paused one is passed over, and both come to their end."""
    lock = threading.Lock()
    log = []

    def locked():
        with lock:
            log.append("in")
            log.append("out")

    Baton((turn, turn, turn), HERE).run([locked, locked])

    assert ["in", "out", "in", "out"] == log


def test_a_reader_that_raises_lets_the_others_go_on():
    """An error ends its own reader only."""
    log = []

    def fails():
        try:
            log.append(1 // 0)
        except ZeroDivisionError:
            log.append("failed")

    Baton((1, 1), HERE).run([fails, steps("b", log, 2)])

    assert {"failed", ("b", 0), ("b", 1)} == set(log)
