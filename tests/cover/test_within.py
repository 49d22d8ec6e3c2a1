"""A reader is stopped in the middle of a line, once, while the other reads."""

from __future__ import annotations

import threading

import pytest

from refloader.driving.drives.within import Pinned, lines_of_calls

HERE = frozenset({__file__})


class Kept:
    """Has something that two readers share."""

    def __init__(self) -> None:
        self.held, self.lock = [0], threading.Lock()

    def put(self, value: int) -> int:
        """Leave a value in the shared place."""
        self.held[0] = value
        return value

    def take(self) -> int:
        """Return what is in the shared place."""
        return self.held[0]

    def in_one_line(self, value: int) -> int:
        """Put and take."""
        return self.put(value) * 0 + self.take()

    def by_the_interpreter(self, value: int) -> int:
        """Put and take by calls of what is written in C."""
        return self.held.insert(0, value) or self.held.copy()[0]

    def locked(self, value: int) -> int:
        """Put and take under a lock."""
        with self.lock:
            return self.put(value) * 0 + self.take()

    def one_call(self) -> int:
        """Take."""
        return self.take()


def read_by_two(name):
    """Return what the first reader was given in a run for each place that it came to."""
    looking = Pinned(None, HERE)
    looking.run([lambda: getattr(Kept(), name)(1)])
    given = []
    for place in looking.visited():
        kept, found = Kept(), []
        pinned = Pinned(place, HERE)
        pinned.run(
            [
                lambda kept=kept, found=found: found.append(getattr(kept, name)(1)),
                lambda kept=kept: getattr(kept, name)(2),
            ]
        )
        given.append((len(pinned.switches), *found))
    return given


@pytest.mark.parametrize("name", ["in_one_line", "by_the_interpreter"])
def test_what_lies_between_two_calls_of_a_line_is_seen(name):
    """The other reader comes between a call and what follows it on the same line."""
    assert (1, 2) in read_by_two(name)


def test_a_line_under_a_lock_is_whole():
    """Who is stopped within a line holds its lock: the other waits, and nobody does for ever."""
    given = read_by_two("locked")

    assert given
    assert {1} == {found for _, found in given}


@pytest.mark.parametrize(("name", "several"), [("in_one_line", True), ("one_call", False)])
def test_only_lines_of_several_calls_are_stopped_within(name, several):
    """Where a line calls once, its end is the end of the line."""
    assert bool(lines_of_calls(getattr(Kept, name).__code__)) is several
