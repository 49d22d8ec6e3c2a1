"""Waits of a limited time that are made to run out."""

from __future__ import annotations

import multiprocessing
import queue
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from multiprocessing.pool import ThreadPool

import pytest

from refloader.driving.surroundings.waits import first_runs_out


@pytest.fixture
def full():
    """Return a queue that always has something."""
    made = queue.Queue()
    for number in range(8):
        made.put(number)
    return made


@pytest.mark.parametrize("limit", [((True, 5), {}), ((), {"timeout": 5})])
def test_the_first_wait_with_a_limit_runs_out(full, limit):
    """So it does however the limit is given, and no other does after it."""
    arguments, named = limit
    with first_runs_out() as ended:
        with pytest.raises(queue.Empty):
            full.get(*arguments, **named)
        assert full.get(*arguments, **named) == 0

    assert ended == ["Queue.get"]


@pytest.mark.parametrize("call", [((), {}), ((False,), {}), ((), {"block": False, "timeout": 5})])
def test_what_does_not_wait_for_a_limited_time_is_left_alone(full, call):
    """A wait without end has no limit to come to, and who does not wait gets what there is."""
    arguments, named = call
    with first_runs_out() as ended:
        assert full.get(*arguments, **named) == 0

    assert ended == []


def test_other_threads_wait_as_ever(full):
    """Who fills the queue, or takes from one itself, is not what is tried."""
    got = []
    with first_runs_out() as ended:
        other = threading.Thread(target=lambda: got.append(full.get(timeout=5)))
        other.start()
        other.join()

    assert (got, ended) == ([0], [])


def test_a_result_that_is_waited_for_runs_out_too():
    """Its own error is raised then, which is that of Future.result."""
    done = Future()
    done.set_result(1)
    with first_runs_out() as ended:
        with pytest.raises(FutureTimeoutError):
            done.result(3)
        assert done.result(3) == 1

    assert ended == ["Future.result"]


def test_so_do_a_pools_result_and_a_queue_of_processes():
    """They are waited for as the others are, and raise the errors of their own modules."""
    asked = multiprocessing.Queue()
    with ThreadPool(1) as pool:
        result = pool.apply_async(int)
        result.wait()
        with first_runs_out() as ended, pytest.raises(multiprocessing.TimeoutError):
            result.get(5)
    with first_runs_out() as also, pytest.raises(queue.Empty):
        asked.get(timeout=30)

    assert [*ended, *also] == ["ApplyResult.get", "Queue.get"]


def test_all_is_as_it_was_afterwards(full):
    """The classes have their own methods again."""
    usual = queue.Queue.get, Future.result
    with first_runs_out():
        assert usual != (queue.Queue.get, Future.result)

    assert usual == (queue.Queue.get, Future.result)
