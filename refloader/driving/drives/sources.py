"""The source files of a loader, and of what it calls: in these readers are interleaved, and interrupted."""

from __future__ import annotations

import gc
import importlib
import inspect
import sys
import sysconfig
from itertools import chain
from pathlib import Path
from types import GeneratorType
from typing import Any, FrozenSet, Iterator, List, Sequence, Set

from refloader.driving.ownership import is_own
from refloader.driving.subject import Subject

FOREIGN = ("keras", "tensorflow", "tf_keras", "torch", "jax", "builtins", "abc", "typing", "numpy")
#: Modules of the standard library whose objects seek and then read: two readers of one are in each other's way.
SEEKING = ("tarfile", "zipfile")
#: So many objects are looked at: those of a large data set are not what a loader reads by.
MOST_HELD = 256


def subject_files(subject: Subject) -> FrozenSet[str]:
    """Return the source files of a loader as it is read: those of its classes, or those behind its stream."""
    streams = subject.policy.kind == "generator"
    return files_behind(subject.stream()) if streams else own_files(subject.loader)


def own_files(loader: Any) -> FrozenSet[str]:
    """Return the source files of a loader's own classes, not those of frameworks and libraries."""
    files = set()
    for kind in type(loader).__mro__:
        if kind.__module__.split(".")[0] not in FOREIGN:
            try:
                files.add(inspect.getfile(kind))
            except (TypeError, OSError):
                continue
    return frozenset(files)


def files_behind(stream: Any) -> FrozenSet[str]:
    """Return the source files of an iterator and of all that it takes from, as `map` and `zip` do.

    Those of classes, and of the functions behind generators; the standard library's are not the loader's.
    """
    files: Set[str] = set()
    found = [stream]
    for one in found:
        files |= {one.gi_code.co_filename} if _is_generator(one) else own_files(one)
        known = set(map(id, found))
        found += [inner for inner in _iterators_in(one) if id(inner) not in known]
    library = sysconfig.get_path("stdlib")
    return frozenset(
        file for file in files if not file.startswith(library) or "site-packages" in file
    )


def _is_generator(iterator: Any) -> bool:
    # By its type: a class may pass for one, to be taken by frameworks that look for generators.
    return issubclass(type(iterator), GeneratorType)


def _iterators_in(iterator: Any) -> List[Any]:
    """Return the iterators that one holds: in its attributes, as a generator's variables, or as C code does."""
    if _is_generator(iterator):
        held = list(inspect.getgeneratorlocals(iterator).values())
    else:
        attributes = getattr(iterator, "__dict__", None)
        held = gc.get_referents(iterator) if attributes is None else list(attributes.values())
    # Those that `map` and `zip` take from stand in a tuple.
    several = chain.from_iterable(one for one in held if isinstance(one, tuple))
    return [one for one in (*held, *several) if hasattr(type(one), "__next__")]


def module_files(modules: Sequence[str]) -> FrozenSet[str]:
    """Return the source files of modules, and of all modules in a package.

    Raises ModuleNotFoundError for one that is not there.
    """
    files: Set[str] = set()
    for name in modules:
        module = importlib.import_module(name)
        for folder in getattr(module, "__path__", ()):
            files.update(str(file) for file in Path(folder).rglob("*.py"))
        if getattr(module, "__file__", None):
            files.add(str(module.__file__))
    return frozenset(files)


def helpers(loader: Any) -> FrozenSet[str]:
    """Return the files of the project's own modules that a loader's modules name, and those that they name.

    And of the archives that it holds, which the standard library reads.
    """
    files = {inspect.getfile(type(one)) for one in _held(loader) if _root(type(one)) in SEEKING}
    modules = [sys.modules.get(kind.__module__) for kind in type(loader).__mro__]
    for module in modules:
        for other in map(sys.modules.get, _named(module)):
            file = str(getattr(other, "__file__", None) or "<none>")
            if file not in files and file.endswith(".py") and is_own(file):
                files.add(file)
                modules.append(other)
    return frozenset(files)


def _named(module: Any) -> Iterator[str]:
    """Yield the names of the modules that a module has imported, or something out of."""
    for value in list(getattr(module, "__dict__", {}).values()):
        if inspect.ismodule(value):
            yield value.__name__
        elif inspect.isclass(value) or inspect.isfunction(value):
            yield str(value.__module__)


def _held(loader: Any) -> List[Any]:
    """Return what a loader has in its attributes, containers and objects of the project's."""
    found, known = [loader], {id(loader)}
    for one in found:
        more: List[Any] = (
            list(getattr(one, "__dict__", {}).values()) if _is_looked_into(one) else []
        )
        if isinstance(one, dict):
            more = list(one.values())
        elif isinstance(one, (list, tuple)):
            more = list(one)
        fresh = [value for value in more[:MOST_HELD] if id(value) not in known]
        known.update(map(id, fresh))
        found += fresh[: MOST_HELD - len(found)]
    return found


def _is_looked_into(one: Any) -> bool:
    module = sys.modules.get(type(one).__module__)
    return is_own(str(getattr(module, "__file__", None) or "<none>"))


def _root(kind: type) -> str:
    return kind.__module__.split(".")[0]
