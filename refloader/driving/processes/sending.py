"""Sending a factory to another process, with what it needs of the script in which it stands.

What a script defines is known there as part of ``__main__``, which is another module elsewhere. So the
script is loaded there as multiprocessing does it for the processes that it spawns; if loading it would
run it, because it has no ``if __name__ == "__main__"``, what it defines is sent by value instead.
"""

from __future__ import annotations

import ast
import io
import operator
import pickle
import sys
from multiprocessing import spawn
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Optional, Tuple

import cloudpickle

MAIN = "__main__"
#: What multiprocessing calls the script of its parent in a process that it spawned.
_LOADED = "__mp_main__"


def dumps(value: Any) -> bytes:
    """Return a value as bytes for `loads`; raises whatever pickling it raises."""
    stream = io.BytesIO()
    sender = _Sender(stream)
    sender.dump(value)
    needed = sender.script if sender.used or _is_loaded() else None
    return pickle.dumps((needed, stream.getvalue()))


def loads(data: bytes) -> Any:
    """Return the value of these bytes, after loading the script that it needs, if it needs one."""
    script, pickled = pickle.loads(data)  # noqa: S301 - from a process of this session
    if script is not None:
        spawn.prepare({"init_main_from_path": script})
    value = _Receiver(io.BytesIO(pickled)).load()
    if script is None:
        _make_findable(value)
    return value


def send(connection: Connection, value: Any) -> None:
    """Send what the other end's `recv` returns; raises OSError where that end is gone.

    Not `Connection.send`: its error keeps a buffer alive which Python 3.13 complains of, on standard
    error and out of any context, when both are collected.
    """
    connection.send_bytes(pickle.dumps(value))


class _Sender(cloudpickle.CloudPickler):  # type: ignore[misc]
    """Names what a script defines, in place of its value."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.script = _script()
        self.used = False

    def persistent_id(self, value: Any) -> Optional[str]:
        if self.script is None or getattr(value, "__module__", None) != MAIN:
            return None
        name = getattr(value, "__qualname__", None)
        if name is None or _found(name) is not value:
            return None
        self.used = True
        return str(name)


class _Receiver(pickle.Unpickler):
    """Finds what is named in the script that was loaded."""

    def persistent_load(self, name: str) -> Any:
        return operator.attrgetter(name)(sys.modules[MAIN])


def _found(name: str) -> Any:
    try:
        return operator.attrgetter(name)(sys.modules[MAIN])
    except AttributeError:
        return None


def _is_loaded() -> bool:
    return getattr(sys.modules[MAIN], "__name__", "") == _LOADED


def _script() -> Optional[str]:
    """Return the file of the program, if it is a script that can be loaded without running it."""
    file = getattr(sys.modules[MAIN], "__file__", None)
    if file is None or not file.endswith(".py"):
        return None
    return file if _is_loaded() or _guarded(Path(file)) else None


def _guarded(script: Path) -> bool:
    """Say whether a script tells being run from being loaded."""
    try:
        body = ast.parse(script.read_bytes()).body
    except (OSError, SyntaxError):
        return False
    tests = (ast.walk(statement.test) for statement in body if isinstance(statement, ast.If))
    return any(
        isinstance(part, ast.Name) and part.id == "__name__" for test in tests for part in test
    )


def _make_findable(value: Any) -> None:
    """Let pickle find the classes of functions that were sent by value where they say they are."""
    for made in _callables(value):
        if getattr(made, "__module__", None) == MAIN:
            for name, known in getattr(made, "__globals__", {}).items():
                vars(sys.modules[MAIN]).setdefault(name, known)


def _callables(value: Any) -> Tuple[Any, ...]:
    return (getattr(value, "factory", None), getattr(value, "identify", None))
