"""An interrupt: where it comes in the middle of a read, and whether the loader swallows or ignores it."""

from __future__ import annotations

import ast
import contextlib
import functools
import linecache
import signal
import sys
from pathlib import Path
from typing import Any, Callable, FrozenSet, Iterator, List, Optional, Set, Tuple

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


def run_places(files: FrozenSet[str], read: Callable[[], Any]) -> List[Place]:
    """Return the lines of these files that a read runs, each once, in the order of first runs."""
    ran: List[Place] = []

    def note(place: Place) -> bool:
        ran.append(place)
        return False

    with contextlib.suppress(Exception), interrupt_at(files, note):
        read()
    return list(dict.fromkeys(ran))


def swallows(files: FrozenSet[str], read: Callable[[], Any], place: Place) -> bool:
    """Say whether a read that is interrupted before this line goes on to its end all the same."""
    with interrupt_at(files, lambda now: now == place) as came:
        try:
            read()
        except BaseException:  # noqa: BLE001 - whatever ends the read, the interrupt has ended it
            return False
    return bool(came)


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
    """Return the first lines of blocks out of which an interrupt may not come, by their handlers."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    found: Set[Place] = set()
    for node in ast.walk(tree):
        may = isinstance(node, ast.Try) and (_leaves(node) or any(map(_catches, node.handlers)))
        if may or (isinstance(node, ast.With) and any(map(_suppresses, node.items))):
            found.add((file, node.body[0].lineno))  # type: ignore[attr-defined]
    return frozenset(found)


def shown(place: Place) -> str:
    """Return a place as a reader looks it up: file, line and what stands there."""
    file, line = place
    return f"{Path(file).name}:{line} ({linecache.getline(file, line).strip()})"


def _catches(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or _names(handler.type)


def _suppresses(item: ast.withitem) -> bool:
    return isinstance(item.context_expr, ast.Call) and any(map(_names, item.context_expr.args))


def _names(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Name) and one.id in CATCHES for one in ast.walk(node))


def _leaves(node: ast.Try) -> bool:
    return any(isinstance(one, _LEAVES) for last in node.finalbody for one in ast.walk(last))
