"""Finding what the user names: MODULE:NAME, where MODULE is dotted or a path."""

from __future__ import annotations

import difflib
import importlib
import sys
import traceback
from pathlib import Path
from typing import Any, Callable, Iterable, List

from refloader.errors import UsageError

FORM = "MODULE:FACTORY, such as loaders:make, project.loaders:make or loaders.py:make"


def find_callable(subject: str) -> Callable[..., Any]:
    """Return the function that MODULE:NAME names, importing its module.

    Raises UsageError where there is none, with the nearest name that there is.
    """
    found = find(subject)
    if hasattr(type(found), "__iter__") and not callable(found):
        raise UsageError(
            f"{subject} is {_a(type(found).__name__)}, which is judged through a function that builds it: "
            "def make(samples, batch_size, seed), with --kind generator where it is only iterated over"
        )
    if not callable(found):
        raise UsageError(
            f"{subject} is {_a(type(found).__name__)}, and cannot be called: name the function "
            "that builds the loader, make(samples, batch_size, seed) -> loader"
        )
    return found  # type: ignore[no-any-return]


def find(subject: str) -> Any:
    """Return what MODULE:NAME names, importing its module; errors are those of find_callable."""
    module_name, _, name = subject.partition(":")
    if not module_name or not name or module_name.startswith("."):
        raise UsageError(f"{subject!r} does not name a function of a module: write {FORM}")
    module = _imported(module_name)
    found: Any = module
    for part in name.split("."):
        found = _attribute(found, part, module.__name__)
    return found


def look_here_first() -> None:
    """Have modules looked for in the current directory before all others."""
    # Absolute, because the processes in which loaders are driven get this path too.
    here = str(Path.cwd())
    sys.path[:] = [here, *(path for path in sys.path if path not in ("", here))]


def _imported(name: str) -> Any:
    name = _importable(name) if name.endswith(".py") else name
    look_here_first()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise UsageError(_no_module(name, error.name)) from None
        raise UsageError(_raised(name, error)) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - modules raise anything, and some call sys.exit
        raise UsageError(_raised(name, error)) from None


def _importable(path: str) -> str:
    """Return the dotted name of a file, and make its outermost package importable."""
    file = Path(path).resolve()
    if not file.is_file():
        siblings = [str(Path(path).with_name(other.name)) for other in file.parent.glob("*.py")]
        raise UsageError(f"there is no file {path!r}{_did_you_mean(path, siblings)}")
    names: List[str] = [] if file.stem == "__init__" else [file.stem]
    folder = file.parent
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    sys.path.insert(0, str(folder))
    return ".".join(names)


def _attribute(owner: Any, name: str, module: str) -> Any:
    if not hasattr(owner, name):
        public = [known for known in vars(owner) if not known.startswith("_")]
        hint = _did_you_mean(name, public)
        raise UsageError(f"module {module!r} has no {name!r}{hint or _functions(owner)}")
    return getattr(owner, name)


def _functions(owner: Any) -> str:
    """Name the functions and classes that a module itself defines."""
    own = [
        name
        for name, value in vars(owner).items()
        if callable(value) and getattr(value, "__module__", None) == getattr(owner, "__name__", "")
    ]
    return f"; it defines {', '.join(own)}" if own else "; it defines no function"


def _no_module(name: str, missing: str) -> str:
    here = Path.cwd()
    known = [path.stem for path in here.glob("*.py")]
    known += [path.parent.name for path in here.glob("*/__init__.py")]
    what = f"there is no module {missing!r}, neither in {here} nor among the installed ones"
    return what + (_did_you_mean(name, known) if missing == name else f" (wanted for {name!r})")


def _raised(name: str, error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    said, place = str(error), f"line {last.lineno} of {last.filename}"
    if isinstance(error, SyntaxError):
        said, place = error.msg, f"line {error.lineno} of {error.filename}"
    return f"importing {name!r} raised {type(error).__name__}: {said} ({place})"


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f": did you mean {close[0]!r}?" if close else ""


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
