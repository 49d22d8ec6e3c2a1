"""The process in which drives are made: it survives nothing, so that the suite survives all.

It reads jobs from its standard input and answers on what was its standard output; what a loader
prints goes to standard error.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any, Tuple

import cloudpickle

from refloader.driving.drivers import Drive, make, variants
from refloader.driving.probe import probe
from refloader.driving.subject import Bench

WATCH_SECONDS = 1.0


def main(stacks: str) -> None:
    """Answer jobs until the parent hangs up; on SIGUSR1 write all stacks to the file `stacks`."""
    jobs, answers = _channels()
    with open(stacks, "a") as file:  # noqa: PTH123 - kept open for the signal handler
        faulthandler.register(signal.SIGUSR1, file=file, all_threads=True)
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        bench: Bench = cloudpickle.loads(jobs.recv_bytes())
        answers.send(("ready", None))
        while True:
            try:
                job = jobs.recv()
            except EOFError:
                return
            answers.send(_answer(job, bench, answers))


def _channels() -> Tuple[Connection, Connection]:
    jobs, answers = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return Connection(jobs, writable=False), Connection(answers, readable=False)


def _end_with(parent: int) -> None:
    """End this process and its workers when the parent is gone."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _answer(job: Any, bench: Bench, answers: Connection) -> Tuple[str, Any]:
    def tick() -> None:
        answers.send(("tick", None))

    try:
        if isinstance(job, Drive):
            return "done", make(job, bench, tick)
        name, *arguments = job
        return "done", {"probe": probe, "variants": variants}[name](*arguments or [bench])
    except Exception:  # noqa: BLE001 - a crash of the suite is an answer too: it must not be a verdict
        return "crash", traceback.format_exc()


if __name__ == "__main__":
    main(sys.argv[1])
