"""An interrupt: where it comes in the middle of a read, and whether the loader swallows or ignores it."""

from __future__ import annotations

import ast
import contextlib
import functools
import itertools
import linecache
import os
import signal
import sys
from pathlib import Path
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Optional, Set, Tuple

#: A line of a source file.
Place = Tuple[str, int]

# What a handler has to name to catch an interrupt, where it names anything.
CATCHES = ("BaseException", "KeyboardInterrupt")
_LEAVES = (ast.Return, ast.Break, ast.Continue)


@contextlib.contextmanager
def interrupt_at(files: FrozenSet[str], due: Callable[[Place], bool]) -> Iterator[List[Place]]:
    """Interrupt this thread once, as Ctrl-C does, before a line of these files that is due.

    Yield the list in which that line is put when it has come.
    """
    came: List[Place] = []

    def trace(frame: Any, event: str, _argument: Any) -> Any:
        place = frame.f_code.co_filename, frame.f_lineno
        if place[0] not in files:
            return None
        if event == "line" and not came and due(place):
            came.append(place)
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield came
    finally:
        sys.settrace(before)


def run_places(files: FrozenSet[str], read: Callable[[], Any]) -> Dict[Place, int]:
    """Return how often a read runs each line of these files, in the order of first runs."""
    ran: Dict[Place, int] = {}

    def note(place: Place) -> bool:
        ran[place] = ran.get(place, 0) + 1
        return False

    with contextlib.suppress(Exception), interrupt_at(files, note):
        read()
    return ran


def swallows(files: FrozenSet[str], read: Callable[[], Any], place: Place, time: int = 1) -> bool:
    """Say whether a read that is interrupted before this line goes on to its end all the same.

    Or ends a loop in silence, as if there were no more batches.

    time -- the first, second, ... time that it comes to this line
    """
    times = itertools.count(1)
    with interrupt_at(files, lambda now: now == place and next(times) == time) as came:
        try:
            read()
        except StopIteration:
            return bool(came)
        except BaseException:  # noqa: BLE001 - whatever ends the read, the interrupt has ended it
            return False
    return bool(came)


def deaf_place(files: FrozenSet[str], read: Callable[[], Any]) -> Optional[Place]:
    """Return the line, of those with a handler of SIGINT of their own, at which that lets a read go on.

    A handler that keeps the interrupt for the end of the read, and raises it there, lets it not go on.
    """
    usual = signal.getsignal(signal.SIGINT)
    sent: List[Place] = []

    def send(place: Place) -> bool:
        if not sent and signal.getsignal(signal.SIGINT) is not usual:
            sent.append(place)
            os.kill(os.getpid(), signal.SIGINT)
        return False

    with interrupt_at(files, send):
        try:
            read()
        except BaseException:  # noqa: BLE001 - whatever ends the read, the interrupt has ended it
            return None
    return sent[0] if sent else None


def ignoring(handler: Any) -> Optional[str]:
    """Return the name of a handler of SIGINT that raises nothing; None where it does."""
    if not callable(handler):
        return "SIG_IGN" if handler == signal.SIG_IGN else None
    try:
        handler(signal.SIGINT, sys._getframe())  # noqa: SLF001 - what a handler is called with
    except BaseException:  # noqa: BLE001 - whatever it raises ends what is being done
        return None
    return getattr(handler, "__qualname__", repr(handler))


@functools.lru_cache(maxsize=64)
def catching(file: str) -> FrozenSet[Place]:
    """Return the first lines of blocks out of which an interrupt may not come, and of loops within them."""
    tree: Any = _tree(file)
    found: Set[Place] = set()
    own = {getattr(node, "name", None) for node in tree.body}
    for node in ast.walk(tree):
        may = isinstance(node, ast.Try) and (_leaves(node) or any(map(_catches, node.handlers)))
        if may or (
            isinstance(node, ast.With) and any(_suppresses(item, own) for item in node.items)
        ):
            found.update((file, line) for line in _beginnings(node.body))  # type: ignore[attr-defined]
    return frozenset(found)


@functools.lru_cache(maxsize=64)
def cleaning(file: str) -> FrozenSet[Place]:
    """Return the lines in which something is taken or put back: of `with`, `try`, `except` and `finally`.

    An interrupt there leaves a lock held however carefully it is written, and hardly ever comes.
    """
    found: Set[Place] = set()
    for node in ast.walk(_tree(file)):
        if isinstance(node, (ast.With, ast.Try)):
            found.update((file, line) for line in range(node.lineno, node.body[0].lineno))
        for statement in getattr(node, "finalbody", []) + getattr(node, "handlers", []):
            nodes = (one for one in ast.walk(statement) if hasattr(one, "lineno"))
            found.update((file, one.lineno) for one in nodes)
    return frozenset(found)


@functools.lru_cache(maxsize=64)
def _tree(file: str) -> ast.AST:
    try:
        return ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _beginnings(block: List[ast.stmt]) -> List[int]:
    """Return the first lines of a block and of the loops in it: half a batch may be there when one begins."""
    nodes = (node for statement in block for node in ast.walk(statement))
    loops = (node.body[0] for node in nodes if isinstance(node, (ast.For, ast.While)))
    return [first.lineno for first in (block[0], *loops)]


def shown(place: Place) -> str:
    """Return a place as a reader looks it up: file, line and what stands there."""
    file, line = place
    return f"{Path(file).name}:{line} ({linecache.getline(file, line).strip()})"


def _catches(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or _names(handler.type)


def _suppresses(item: ast.withitem, own: Set[Any]) -> bool:
    """Say whether what is entered names an interrupt, or is of the file itself."""
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return False
    return any(map(_names, call.args)) or getattr(call.func, "id", None) in own


def _names(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Name) and one.id in CATCHES for one in ast.walk(node))


def _leaves(node: ast.Try) -> bool:
    return any(isinstance(one, _LEAVES) for last in node.finalbody for one in ast.walk(last))
