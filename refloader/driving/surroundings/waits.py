"""Waits of a limited time that run out at once: what a slow disk does to them, without waiting for it."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import queue
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from multiprocessing.pool import ApplyResult
from multiprocessing.queues import Queue as ProcessQueue
from typing import Any, Callable, Iterator, List, Tuple, Type

#: What waits, by which method, how many parameters of it stand before the limit, and what is raised in the end.
_WAITS: Tuple[Tuple[Any, str, int, Type[Exception]], ...] = (
    (queue.Queue, "get", 1, queue.Empty),
    (ProcessQueue, "get", 1, queue.Empty),
    (Future, "result", 0, FutureTimeoutError),
    (ApplyResult, "get", 0, multiprocessing.TimeoutError),
)


@contextlib.contextmanager
def first_runs_out() -> Iterator[List[str]]:
    """Have the first wait of this thread that has a limit end as at its limit; yield the names of such waits.

    The first is it as what a reader waits for then is least likely to be there already.
    """
    here, ended = threading.get_ident(), []  # type: int, List[str]

    def due() -> bool:
        return not ended and threading.get_ident() == here

    usual = [getattr(owner, name) for owner, name, _, _ in _WAITS]
    for wait, (owner, name, before, error) in zip(usual, _WAITS):
        setattr(owner, name, _limited(wait, before, error, due, ended))
    try:
        yield ended
    finally:
        for wait, (owner, name, _, _) in zip(usual, _WAITS):
            setattr(owner, name, wait)


def _limited(
    wait: Callable[..., Any],
    before: int,
    error: Type[Exception],
    due: Callable[[], bool],
    ended: List[str],
) -> Callable[..., Any]:
    @functools.wraps(wait)
    def waited(self: Any, *arguments: Any, **named: Any) -> Any:
        limit = arguments[before] if len(arguments) > before else named.get("timeout")
        blocks = before == 0 or (arguments[0] if arguments else named.get("block", True))
        if limit is not None and blocks and due():
            ended.append(wait.__qualname__)
            raise error
        return wait(self, *arguments, **named)

    return waited
