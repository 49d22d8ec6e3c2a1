"""A factory that stands in a script is judged as one that stands in a module."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import Pipe
from pathlib import Path

import psutil
import pytest
from some_loaders import Slices, factory

import refloader
from refloader.contract.policy import Policy
from refloader.driving.processes.driving_process import Died, DrivingProcess
from refloader.driving.processes.family import kill_group
from refloader.driving.processes.nursery import Nursery, SuiteError
from refloader.driving.processes.sending import send
from refloader.driving.subject import Bench

SCRIPT = """\
import refloader


class Slices:
    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows].copy(), self.y[rows].copy()


def make(samples, batch_size, seed):
    return Slices(*samples.arrays, batch_size)


if GUARD:
    print("judging")
    found = refloader.judge(FACTORY, only=("pickling", "workers.start-methods"), samples="arrays")
    print(*(f"{one.requirement}:{one.verdict}" for one in found.results if one.broken))
"""


def judged(folder: Path, guard: str, factory: str) -> str:
    """Return what the script prints."""
    script = folder / "script.py"
    script.write_text(SCRIPT.replace("GUARD", guard).replace("FACTORY", factory), encoding="utf-8")
    root = str(Path(refloader.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ, PYTHONPATH=root),
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "factory", ["make", "lambda samples, size, seed: Slices(*samples.arrays, size)"]
)
def test_what_a_guarded_script_defines_travels_to_fresh_processes(
    tmp_path: Path, factory: str
) -> None:
    """The script is loaded in other processes as multiprocessing loads it, and not run there."""
    printed = judged(tmp_path, '__name__ == "__main__"', factory)

    assert ["judging", ""] == printed.splitlines()


def test_a_script_without_a_guard_is_not_run_again(tmp_path: Path) -> None:
    """Its loader is found unpicklable only where a spawned worker would not find its class either."""
    printed = judged(tmp_path, "True", "make").splitlines()

    assert "judging" == printed[0]
    assert ["pickling.fresh-process:fail", "workers.start-methods:fail"] == sorted(
        printed[1].split()
    )


def test_an_error_of_sending_can_be_collected(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever turns warnings into errors does not get one at some later collection."""
    # Python's own, from 3.8 on: that of pytest would keep what is said for the end of the test.
    hook = getattr(sys, "__unraisablehook__", None)
    monkeypatch.setattr(sys, "unraisablehook", hook, raising=False)
    ours, theirs = Pipe()
    theirs.close()
    errors: list = []
    try:
        send(ours, ("x",))
    except OSError as error:
        errors += [error, errors]
    del ours, errors
    gc.collect()

    assert "" == capfd.readouterr().err


def test_a_driving_process_that_ended_between_two_drives_is_told_as_its_death(
    tmp_path: Path,
) -> None:
    """What a loader left running may end the process after the answer: no error of the suite."""
    nursery = Nursery(Bench(factory(Slices), Policy(), str(tmp_path)))
    process = DrivingProcess(nursery)
    try:
        process.ask(("probe",))
        pid = psutil.Process(nursery._process.pid).children()[0].pid
        os.kill(pid, signal.SIGKILL)
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            pass
        with pytest.raises(Died, match=f"status {-signal.SIGKILL}"):
            process.ask(("probe",))
    finally:
        nursery.close()
        process.close()


def test_a_nursery_that_is_closed_while_it_starts_ends_all_the_same(tmp_path, monkeypatch):
    """Whoever closes it waits for no process that nobody ends."""
    nursery = Nursery(Bench(factory(Slices), Policy.of(samples="arrays"), str(tmp_path)))
    start, starting, born = nursery._started, threading.Event(), []

    def late(said):
        starting.set()
        while not nursery._closed:
            time.sleep(0.01)
        time.sleep(0.2)
        born.append(start(said))
        return born[0]

    def order():
        # The folder of its socket may be gone by then: it was closed.
        with contextlib.suppress(SuiteError, FileNotFoundError):
            listener, _, _ = nursery.birth()
            listener.close()

    monkeypatch.setattr(nursery, "_started", late)
    birth = threading.Thread(target=order, daemon=True)
    closing = threading.Thread(target=nursery.close, daemon=True)
    birth.start()
    starting.wait()
    closing.start()
    closing.join(30)
    waits = closing.is_alive()
    birth.join(30)
    # One that was never born finds nobody who gives it orders.
    if born[0].pid is not None:
        kill_group(born[0].pid)

    assert not waits
