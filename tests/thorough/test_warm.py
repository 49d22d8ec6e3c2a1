"""One interpreter imports the framework; nurseries that need it are forks of that one."""

from __future__ import annotations

import os
import sys
import time
from multiprocessing.connection import Connection

import psutil
import pytest

from refloader.contract.policy import Policy
from refloader.driving.processes import warm
from refloader.driving.processes.driving_process import DrivingProcess
from refloader.driving.processes.nursery import Nursery, SuiteError
from refloader.driving.subject import Bench


@pytest.fixture(autouse=True)
def _without_framework(monkeypatch):
    """Let no framework be found, so that nothing is imported; end what was started."""
    monkeypatch.setenv("REFLOADER_KERAS", "none_of_them")
    yield
    warm.end_warm()


@pytest.fixture
def kin(tmp_path):
    """Return a function that asks for a nursery, which then waits for its first order."""
    kept = []

    def make(*, framework=True, **environment):
        variables = dict(os.environ, PYTHONPATH="/nowhere", **environment)
        with (tmp_path / "said").open("wb") as said:
            one = warm.Kin(said, variables, framework=framework)
        kept.append(one)
        return one

    yield make
    for one in kept:
        one.stdin.close()
        one.stdout.close()


def born(one):
    """Return the process of a nursery, as soon as it is there."""
    while one.pid is None:
        time.sleep(0.01)
    return psutil.Process(one.pid)


def nothing(samples, batch_size, seed):
    """Build no loader."""


def threads(samples, batch_size, seed):
    """Tell how many threads torch would have instead of building a loader."""
    raise RuntimeError(f"OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS')}")


def arguments(samples, batch_size, seed):
    """Tell the command line instead of building a loader."""
    raise RuntimeError(str(sys.argv))


def test_nurseries_of_one_environment_have_one_parent(kin):
    """What was imported for the first is there for the second; each leads a group of its own."""
    first, second = born(kin()), born(kin())

    assert first.ppid() == second.ppid() != os.getpid()
    assert os.getpgid(first.pid) == first.pid


def test_who_needs_no_framework_has_none(kin):
    """There is an interpreter of each kind at a time, and neither ends the other."""
    with_it, without = born(kin(framework=True)), born(kin(framework=False))

    assert with_it.ppid() != without.ppid()
    assert with_it.ppid() == born(kin(framework=True)).ppid()


def test_a_nursery_is_not_told_what_its_parent_was(tmp_path):
    """A loader that looks at the command line sees none, as in an interpreter of its own."""
    nursery = Nursery(Bench(arguments, Policy(), str(tmp_path)))
    try:
        found = DrivingProcess(nursery).ask(("probe",))
    finally:
        nursery.close()

    assert "['-c']" in found.error


@pytest.mark.parametrize(("given", "seen"), [(None, "1"), ("3", "3")])
def test_loaders_are_driven_with_one_thread_unless_that_is_set(tmp_path, monkeypatch, given, seen):
    """Torch takes as many threads as there are cores, which wait for each other where the cores are busy."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if given:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    nursery = Nursery(Bench(threads, Policy(), str(tmp_path)))
    try:
        found = DrivingProcess(nursery).ask(("probe",))
    finally:
        nursery.close()

    assert f"OMP_NUM_THREADS={seen}" in found.error


def test_another_environment_gets_another_interpreter(kin, monkeypatch):
    """A variable may choose the framework, or its backend: the first interpreter is ended."""
    before = born(kin()).parent()
    monkeypatch.setenv("KERAS_BACKEND", "another")
    after = born(kin()).parent()

    assert before != after
    assert not before.is_running()


def test_the_name_of_the_running_test_makes_no_difference(kin):
    """A test runner changes it for each test; the nursery sees the one of its own."""
    first = born(kin(PYTEST_CURRENT_TEST="one"))
    second = born(kin(PYTEST_CURRENT_TEST="two"))

    assert first.ppid() == second.ppid()


def test_a_nursery_goes_when_its_orders_end(kin):
    """As the parent's death does: nobody is left to give orders."""
    one = kin()
    process = born(one)
    assert one.poll() is None
    one.stdin.close()
    one.wait()

    assert one.poll() == 0
    assert not process.is_running()


def test_one_that_was_given_up_before_its_birth_leaves_nothing(kin):
    """Whoever closes it need not wait for the framework's import."""
    one = kin()
    one.stdin.close()
    one.stdout.close()
    one.wait()
    parent = born(kin()).parent()
    while len(parent.children()) > 1:
        time.sleep(0.01)


def test_a_framework_that_cannot_be_imported_is_told(tmp_path):
    """The reason is what the nursery said last."""
    nursery = Nursery(Bench(nothing, Policy(), str(tmp_path)), framework=True)
    try:
        with pytest.raises(SuiteError, match="none_of_them"):
            DrivingProcess(nursery).ask(("probe",))
    finally:
        nursery.close()


def test_its_process_id_is_not_among_its_answers(kin, monkeypatch):
    """The first answer is that to the first question, whoever asks for the id before or after."""

    class Source:
        def fork(self, _environment, streams):
            for stream, said in ((streams[1], "answer"), (streams[3], os.getpid())):
                with Connection(os.dup(stream), readable=False) as there:
                    there.send(said)

    monkeypatch.setattr(warm, "_kept", lambda _environment, framework: Source())
    one = kin()
    with Connection(os.dup(one.stdout.fileno()), writable=False) as answers:
        assert "answer" == answers.recv()
    assert os.getpid() == one.pid


def test_one_that_died_is_started_again(kin):
    """A system that is short of memory may kill it between two sessions."""
    before = born(kin()).parent()
    before.kill()
    before.wait()

    assert born(kin()).parent() != before
