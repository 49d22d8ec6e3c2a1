"""The processes in which drives are made: they survive nothing, so that the suite survives all.

A nursery is started once; it imports what every drive needs (a framework too, where one is to be
fed) and then gives birth to a driving process whenever it is told an address to connect to. After
a hang or a crash the next one is there at once.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Client, Connection
from typing import Any, Callable, Tuple

from refloader.driving.drivers import Drive, make, variants
from refloader.driving.probe import probe
from refloader.driving.processes.family import end_with
from refloader.driving.processes.sending import loads
from refloader.driving.processes.spare import imported
from refloader.driving.subject import Bench
from refloader.driving.surroundings.leaving import note_segments
from refloader.driving.surroundings.process_state import put_back
from refloader.driving.survey import survey
from refloader.errors import AdapterError, is_full

# How often the parent is told that a drive goes on: whoever watches waits for seconds.
TELL_SECONDS = 0.05
FULL = (
    "no space is left on the device of {folder}: set TMPDIR to a folder with room, and judge again"
)


def nursery() -> None:
    """Give birth to driving processes as long as the parent holds the other end of standard input.

    Orders are ``("birth", address, file for stacks, file for standard error)``, ``("import",
    module)`` for those that are born later, and ``("status", pid)``, which is answered with how
    that process ended.
    """
    orders, answers = _channels()
    sent, with_framework = orders.recv()
    if with_framework:
        from refloader.frameworks.installed import load  # noqa: PLC0415 - it takes seconds

        load()
    bench = imported(lambda: loads(sent))
    while True:
        try:
            order, *details = orders.recv()
        except EOFError:
            return
        if order == "birth":
            _give_birth(bench, *details)
        elif order == "import":
            importlib.import_module(*details)
        else:
            answers.send(_status(*details))


def _channels() -> Tuple[Connection, Connection]:
    """Return standard input and output as connections; what a loader prints goes elsewhere."""
    orders, answers = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return Connection(orders, writable=False), Connection(answers, readable=False)


def _status(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _give_birth(bench: Callable[[], Bench], address: str, stacks: str, errors: str) -> None:
    parent = os.getpid()
    if os.fork():
        return
    os.setsid()
    said = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    with open(stacks, "w") as file:  # noqa: PTH123 - kept open for the signal handler
        faulthandler.register(signal.SIGUSR1, file=file, all_threads=True)
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()
        with Client(address) as connection:
            try:
                _serve(bench, connection)
            except SystemExit as end:  # the loader's own doing, which is told by its code
                # Before the connection is closed: who sees that ends what is still there.
                os._exit(end.code if isinstance(end.code, int) else bool(end.code))
            except BaseException:  # noqa: BLE001 - a loader's: of its own doing drives catch an Exception
                traceback.print_exc(limit=-1)
                sys.stderr.flush()
                os._exit(1)
    os._exit(0)


def _serve(made: Callable[[], Bench], connection: Connection) -> None:
    connection.send(("ready", os.getpid()))
    bench = made()
    # What the loader's module has imported, a framework perhaps, need not be looked through again
    # each time that a drive collects garbage: that took ten times as long as the drive itself.
    gc.freeze()
    note_segments(bench.folder)
    # Here multiprocessing keeps its sockets: nothing of a process that is killed stays behind.
    multiprocessing.current_process()._config["tempdir"] = bench.folder  # type: ignore[attr-defined]  # noqa: SLF001
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        connection.send(_answer(job, bench, connection))


def _answer(job: Any, bench: Bench, connection: Connection) -> Tuple[str, Any]:
    # Some drives read in threads of their own; a connection takes one sender at a time.
    sending = threading.Lock()
    told = time.monotonic()

    def tick() -> None:
        nonlocal told
        with sending:
            now = time.monotonic()
            if now - told > TELL_SECONDS:
                told = now
                connection.send(("tick", None))

    try:
        with put_back():
            if isinstance(job, Drive):
                return "done", make(job, bench, tick)
            name, *arguments = job
            if name == "variants":
                return "done", variants(*arguments)
            return "done", probe(bench) if name == "probe" else survey(bench, tick)
    except AdapterError as error:
        return "refused", str(error)
    except Exception as error:  # noqa: BLE001 - a crash of the suite is an answer too: it must not be a verdict
        if is_full(error):
            return "refused", FULL.format(folder=bench.folder)
        return "crash", traceback.format_exc()
