"""The parent's side of a driving process: it asks, waits, and sees when nothing moves any more."""

from __future__ import annotations

import socket
import threading
from multiprocessing.connection import Connection
from typing import Any, Optional

from refloader.driving.processes.family import kill_group
from refloader.driving.processes.nursery import LAST_WORDS, Nursery, SuiteError
from refloader.driving.processes.sending import send
from refloader.driving.processes.stillness import (
    LOOK_SECONDS,
    READING,
    Hang,
    Patience,
    Watch,
)
from refloader.errors import AdapterError


class Died(Exception):  # noqa: N818 - an outcome of the drive, not an error of the suite
    """The driving process ended by itself; the text says how."""


class DrivingProcess:
    """A process group of its own in which drives are made, born at the first job."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._connection: Optional[Connection] = None
        self._closing = threading.Lock()
        self._pid = 0
        self.ended = 0

    def ask(self, job: Any, *, patience: Patience = READING) -> Any:
        """Return the answer to a job.

        patience -- how long it may go without an event.
        Raises Hang, Died, SuiteError or AdapterError; the next job then gets a new process.
        """
        try:
            if self._connection is None:
                self._connection = self._born()
            try:
                send(self._connection, job)
            except OSError:
                raise Died(self._last_words()) from None
            return self._wait(self._connection, patience)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process with everything that it started."""
        # Whoever asks and whoever ends the session may both come here: one of them gets it.
        with self._closing:
            connection, self._connection = self._connection, None
        if connection is not None:
            kill_group(self._pid)
            connection.close()
            self.ended = self._nursery.status(self._pid)

    def _born(self) -> Connection:
        listener, self._stacks, self._said = self._nursery.birth()
        with listener:
            waiting: Any = listener._listener._socket  # type: ignore[attr-defined]  # noqa: SLF001
            waiting.settimeout(LOOK_SECONDS)
            while True:
                try:
                    connection = listener.accept()
                    break
                except socket.timeout:
                    if self._nursery.ended():
                        raise SuiteError(self._nursery.last_words()) from None
        _, self._pid = connection.recv()
        return connection

    def _wait(self, connection: Connection, patience: Patience) -> Any:
        """Return the next answer, watching the process while there is none."""
        patience = patience.after_loops(self._nursery.loops)
        watch = Watch(self._pid, self._stacks, patience, self._nursery.hangs)
        while True:
            try:
                if not connection.poll(LOOK_SECONDS):
                    watch.look()
                    continue
                kind, answer = connection.recv()
            except Hang as hang:
                self._nursery.met(str(hang))
                raise
            except (EOFError, OSError):
                raise Died(self._last_words()) from None
            if kind == "refused":
                raise AdapterError(answer)
            if kind == "crash":
                raise SuiteError(answer)
            if kind != "tick":
                return answer
            watch.moved()

    def _last_words(self) -> str:
        text = self._said.read_text(errors="replace").strip()
        self.close()
        return f"status {self.ended}\n{text[-LAST_WORDS:]}".strip()
