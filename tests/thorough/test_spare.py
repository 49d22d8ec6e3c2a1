"""What is imported once for all driving processes, and what each of them has to import by itself."""

from __future__ import annotations

import os
import threading

import numpy as np
import pool_when_imported
import pytest

from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.driving.processes.spare import imported
from refloader.session import Session


@pytest.fixture
def nursery():
    """Return a function that runs another in a fork and returns what that one wrote."""

    def run(function):
        answer, said = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                function(said)
            finally:
                os._exit(0)
        os.close(said)
        os.waitpid(pid, 0)
        with os.fdopen(answer, "rb") as stream:
            return stream.read().decode()

    return run


@pytest.mark.parametrize("threads", [0, 1])
def test_what_starts_threads_is_made_anew_by_each_fork(nursery, threads):
    """What starts none is made once; a thread is not there in a fork of the process that started it."""

    def answer(said):
        def make():
            os.write(said, b"%d" % len(calls))
            calls.append(os.getpid())
            for _ in range(threads):
                threading.Thread(target=threading.Event().wait, daemon=True).start()

        calls = [0]
        get = imported(make)
        get()

    assert "1" * (1 + threads) == nursery(answer)


def test_threads_that_come_again_after_a_fork_are_no_reason(nursery):
    """A BLAS ends its threads before each fork, and starts them where they are needed."""

    def answer(said):
        def make():
            os.write(said, b"x")
            table = np.ones((600, 600))
            return table @ table

        np.ones((2, 2)).dot(np.ones((2, 2)))
        imported(make)()

    assert "x" == nursery(answer)


def test_a_pool_that_a_module_starts_is_there_where_its_loader_is_read():
    """The loader is not called hung, which it is in no process that has imported its module."""
    with Session(pool_when_imported.make, Policy.of(), training=False) as session:
        results = list(session.results(choose(("protocol.length", "purity.repeatable"))))

    assert ["pass", "pass"] == [result.verdict for result in results]
