"""What belongs to the whole process, beside its random generators, and a loader may change but should not."""

from __future__ import annotations

import contextlib
import gc
import locale
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import warnings
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from refloader.driving.surroundings.limits import limits, put_limits
from refloader.driving.surroundings.pandas_options import options, put_options
from refloader.driving.surroundings.patched import functions, put_functions
from refloader.driving.surroundings.streams import put_streams, streams
from refloader.frameworks.settings import gradients, put_gradients, put_settings, settings

#: What each thing is set to, by its name in a witness.
State = Dict[str, Any]


class Thing(NamedTuple):
    """Something that is set for the whole process: how to look at it, and how to set it.

    each -- it is a dict of things of their own, which are named one by one
    """

    look: Callable[[], Any]
    put: Callable[[Any], Any]
    each: bool = False


# What libraries set by themselves when they are first used.
SET_WHEN_USED = frozenset(("CUDA_MODULE_LOADING",))
# An interrupt is a requirement of its own, and these two cannot be handled.
NOT_LOOKED_AT = frozenset(("SIGINT", "SIGKILL", "SIGSTOP"))
#: What a module has that nobody has imported yet: (module, name) -> value.
UNTOUCHED = {
    ("PIL.Image", "MAX_IMAGE_PIXELS"): 1024 * 1024 * 1024 // 4 // 3,
    ("PIL.ImageFile", "LOAD_TRUNCATED_IMAGES"): False,
}


def look() -> State:
    """Return what everything is set to now."""
    return {name: thing.look() for name, thing in THINGS.items()}


def changes(before: State, after: State) -> List[str]:
    """Return the names of what is set otherwise."""
    found: List[str] = []
    for name in _differing(before, after):
        if THINGS[name].each:
            old, new = before[name], after[name]
            keys = sorted(old.keys() | new.keys())
            found += [f"{name} {key}" for key in keys if old.get(key) != new.get(key)]
        else:
            found.append(name)
    return found


def put(state: State) -> None:
    """Set everything as it was; what cannot be set, as a folder that is gone, stays."""
    for name in _differing(look(), state):
        with contextlib.suppress(Exception):
            THINGS[name].put(state[name])


@contextlib.contextmanager
def put_back() -> Iterator[None]:
    """Put back at the end what was set otherwise: the next drive starts as this one did.

    Not where modules were imported meanwhile, as a factory imports the loader's: what they set, as the
    environment is read from a file, they set once, and rely on it.
    """
    imported, before = set(sys.modules), look()
    try:
        yield
    finally:
        if not sys.modules.keys() - imported:
            put(before)


@contextlib.contextmanager
def apart_from_imports(before: State) -> Iterator[None]:
    """Do again from `before` what imported modules; what they alone have changed is changed in the end."""
    imported = look()
    put(before)
    yield
    again = look()
    put({name: _undone(before[name], imported[name], again[name]) for name in THINGS})


def _undone(before: Any, imported: Any, again: Any) -> Any:
    """Return what a thing was set to by imports, without what was set again when nothing was imported."""
    if not isinstance(before, dict):
        return imported if before == again else before
    undone = {
        name: _undone(before.get(name), imported.get(name), again.get(name))
        for name in before.keys() | imported.keys()
    }
    return {name: value for name, value in undone.items() if value is not None}


def _differing(before: State, after: State) -> List[str]:
    return [name for name in THINGS if before[name] != after[name]]


def _folder() -> Optional[str]:
    try:
        return os.getcwd()  # noqa: PTH109 - as it is put back
    except OSError:
        return None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _environment() -> Dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SET_WHEN_USED}


def _put_environment(wanted: Dict[str, str]) -> None:
    for name in _environment().keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)


def _handlers() -> Dict[str, Any]:
    known = (one for one in signal.Signals if one.name not in NOT_LOOKED_AT)
    return {one.name: signal.getsignal(one) for one in known}


def _put_handlers(wanted: Dict[str, Any]) -> None:
    # Only the main thread may, and what was installed from C cannot be had again.
    if threading.current_thread() is threading.main_thread():
        for name, handler in wanted.items():
            if handler is not None and signal.getsignal(signal.Signals[name]) != handler:
                signal.signal(signal.Signals[name], handler)


def _alarm_is_set() -> bool:
    return signal.getitimer(signal.ITIMER_REAL) != (0, 0)


def _put_alarm(wanted: bool) -> None:  # noqa: FBT001 - as it was looked at
    # When one that was set would have rung nobody knows: it stays as it is.
    if not wanted:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _blocked() -> List[int]:
    return sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ())))


def _put_blocked(wanted: List[int]) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, wanted)


def _collection() -> Tuple[Any, ...]:
    """Return whether garbage is collected, and after how much: with a threshold of 0 it never is."""
    return (gc.isenabled(), *gc.get_threshold())


def _put_collection(wanted: Tuple[Any, ...]) -> None:
    (gc.enable if wanted[0] else gc.disable)()
    gc.set_threshold(*wanted[1:])


def _root_handlers() -> List[Any]:
    """Return the root logger's handlers, without the one that a plain ``logging.warning()`` adds."""
    handlers = logging.root.handlers
    usual = len(handlers) == 1 and type(handlers[0]) is logging.StreamHandler
    return [] if usual and handlers[0].stream is sys.stderr else list(handlers)  # type: ignore[attr-defined]


def _put_root_handlers(wanted: List[Any]) -> None:
    logging.root.handlers[:] = wanted


def _limit(module: str, name: str) -> Thing:
    def value() -> Any:
        return getattr(sys.modules.get(module), name, UNTOUCHED[module, name])

    return Thing(value, lambda wanted: setattr(sys.modules[module], name, wanted))


def _put_search_path(wanted: List[str]) -> None:
    sys.path[:] = wanted


def _put_warning_filters(wanted: List[Any]) -> None:
    # Told first, as what was warned of already is noted with the filters' version.
    warnings.resetwarnings()
    warnings.filters[:] = wanted  # type: ignore[index]


def _start_method() -> str:
    """Return how processes are started; a first use that asks for none chooses the first there is."""
    usual = multiprocessing.get_all_start_methods()[0]
    return multiprocessing.get_start_method(allow_none=True) or usual


def _put_start_method(wanted: str) -> None:
    multiprocessing.set_start_method(wanted, force=True)


def _affinity() -> List[int]:
    # Not on every system.
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _put_affinity(wanted: List[int]) -> None:
    os.sched_setaffinity(0, wanted)


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0


def _put_priority(wanted: int) -> None:
    # Only root may become more urgent again.
    os.setpriority(os.PRIO_PROCESS, 0, wanted)


def _put_locale(wanted: str) -> None:
    locale.setlocale(locale.LC_ALL, wanted)


def _put_temporary(wanted: str) -> None:
    tempfile.tempdir = wanted


def _hooks() -> Dict[Tuple[Any, str], Any]:
    known = ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook"))
    return {(module, name): getattr(module, name, None) for module, name in known}


def _put_hooks(wanted: Dict[Tuple[Any, str], Any]) -> None:
    for (module, name), hook in wanted.items():
        if hook is not None:  # Python 3.7 has one of them.
            setattr(module, name, hook)


THINGS: Dict[str, Thing] = {
    "the working directory": Thing(_folder, os.chdir),
    "the umask": Thing(_umask, os.umask),
    "the environment variable": Thing(_environment, _put_environment, each=True),
    "the handler of": Thing(_handlers, _put_handlers, each=True),
    "whether an alarm is set": Thing(_alarm_is_set, _put_alarm),
    "which signals are blocked": Thing(_blocked, _put_blocked),
    "NumPy's error state": Thing(np.geterr, lambda wanted: np.seterr(**wanted)),
    "how NumPy prints": Thing(np.get_printoptions, lambda wanted: np.set_printoptions(**wanted)),
    "how often threads take turns": Thing(sys.getswitchinterval, sys.setswitchinterval),
    "the function": Thing(functions, put_functions, each=True),
    "the limit": Thing(limits, put_limits, each=True),
    "the recursion limit": Thing(sys.getrecursionlimit, sys.setrecursionlimit),
    "whether garbage is collected": Thing(_collection, _put_collection),
    "the default socket timeout": Thing(socket.getdefaulttimeout, socket.setdefaulttimeout),
    "which log records are dropped": Thing(lambda: logging.root.manager.disable, logging.disable),
    "the root logger's level": Thing(lambda: logging.root.level, logging.root.setLevel),
    "the root logger's handlers": Thing(_root_handlers, _put_root_handlers),
    "what is called for errors that nobody catches": Thing(_hooks, _put_hooks),
    "the setting of Keras": Thing(settings, put_settings, each=True),
    "whether torch computes gradients": Thing(gradients, put_gradients),
    "sys.path": Thing(lambda: list(sys.path), _put_search_path),
    "standard output or error": Thing(streams, put_streams),
    "the warning filters": Thing(lambda: list(warnings.filters), _put_warning_filters),
    "the start method of processes": Thing(_start_method, _put_start_method),
    "the locale": Thing(lambda: locale.setlocale(locale.LC_ALL), _put_locale),
    "the CPU affinity": Thing(_affinity, _put_affinity),
    "the priority": Thing(_priority, _put_priority),
    "the option of pandas": Thing(options, put_options, each=True),
    "the folder of temporary files": Thing(tempfile.gettempdir, _put_temporary),
    **{f"{module}.{name}": _limit(module, name) for module, name in UNTOUCHED},
}
