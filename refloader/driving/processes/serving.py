"""The warm interpreter's own side: it imports what is needed, and nurseries are forks of it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any, Dict

from refloader.driving.processes.process import nursery


def serve(descriptor: int, framework: int) -> None:
    """Import what is needed and fork a nursery for each order, as long as the parent lives."""
    orders = Connection(descriptor)
    # No loader is to see what this process was told.
    del sys.argv[1:]
    # The one that asked for a nursery waits for its end; nobody here does.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if framework:
        # An error is told by each nursery, which imports it too.
        with contextlib.suppress(Exception):
            from refloader.frameworks.installed import load  # noqa: PLC0415 - it takes seconds

            load()
    while True:
        try:
            environment = orders.recv()
            streams = [recv_handle(orders) for _ in range(4)]
        except EOFError:
            return
        if not os.fork():
            _become_nursery(orders, environment, streams)
        for stream in streams:
            os.close(stream)


def _become_nursery(orders: Connection, environment: Dict[str, str], streams: Any) -> None:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        orders.close()
        *standard, birth = streams
        for place, stream in enumerate(standard):
            os.dup2(stream, place)
            os.close(stream)
        os.environ.clear()
        os.environ.update(environment)
        path = environment["PYTHONPATH"].split(os.pathsep)
        sys.path[:] = [*path, *(folder for folder in sys.path if folder not in path)]
        with Connection(birth, readable=False) as parent:
            parent.send(os.getpid())
        nursery()
    except BaseException:  # noqa: BLE001 - these are its last words: it does not return
        traceback.print_exc()
        # Before Python 3.9 it is not flushed at each line, and `_exit` flushes nothing.
        sys.stderr.flush()
    finally:
        os._exit(0)
