"""Waivers kept in a file: which requirements may stay broken, why, and until when.

They stand in ``refloader.toml`` or under ``[tool.refloader]`` in ``pyproject.toml``:

    [[tool.refloader.waive]]
    requirement = "coverage.tail"
    kind = "own-bug"
    reason = "the last batch is dropped until the model takes partial batches"
    link = "https://example.org/issues/12"
    expires = 2030-12-31
    loader = "tests.test_loader:make"  # without it, of every loader of the project
"""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Union

from refloader.contract.policy import nearest
from refloader.contract.requirement import CATALOGUE
from refloader.errors import UsageError

FILES = ("refloader.toml", "pyproject.toml")
KINDS = ("unsupported", "own-bug", "upstream-bug", "planned")
_NEEDED = ("requirement", "kind", "reason")
_KEYS = (*_NEEDED, "link", "expires", "loader")


class Waiver(NamedTuple):
    """One requirement that may stay broken, by one loader; after the day `expires` it may not."""

    requirement: str
    kind: str
    reason: str
    link: Optional[str] = None
    expires: Optional[dt.date] = None
    loader: Optional[str] = None

    def concerns(self, subject: Optional[str]) -> bool:
        """Say whether it is for this loader, given as MODULE:NAME; a path ends as its module does."""
        if self.loader is None or subject is None:
            return True
        mine, given = _dotted(self.loader), _dotted(subject)
        return f".{given}".endswith(f".{mine}") or f".{mine}".endswith(f".{given}")

    def __str__(self) -> str:
        """Return all of it in one phrase, as reports show it."""
        link = f" ({self.link})" if self.link else ""
        until = f", until {self.expires}" if self.expires else ""
        return f"{self.kind}: {self.reason}{link}{until}"


def waivers_in(folder: Union[str, Path], subject: Optional[str] = None) -> Dict[str, str]:
    """Return {slug: reason} from the one file of this folder that has waivers; else nothing.

    subject -- the loader that is judged, as MODULE:NAME; others' waivers are left out

    Raises UsageError as waivers_of does, and where both files have some.
    """
    there = [name for name in FILES if (Path(folder) / name).exists()]
    found = {name: waivers_of(Path(folder) / name, subject) for name in there}
    having = [name for name in there if found[name]]
    if len(having) > 1:
        msg = f"both {' and '.join(having)} have waivers: keep them in one file"
        raise UsageError(msg)
    return found[having[0]] if having else {}


def waivers_of(
    path: Union[str, Path], subject: Optional[str] = None, today: Optional[dt.date] = None
) -> Dict[str, str]:
    """Return {slug: reason} from a file; `today` is for tests.

    subject -- as in waivers_in

    Raises UsageError for a file that is absent or no TOML, an unknown key, slug or kind, a missing or
    empty value, a requirement that is waived twice, and a waiver that has expired.
    """
    table = _table(Path(path))
    _check_keys(table, ("waive",), f"the settings of refloader in {path}")
    entries = table.get("waive", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        msg = f"waive in {path} is no list of tables: head each with [[...waive]]"
        raise UsageError(msg)
    now = today or dt.datetime.now(dt.timezone.utc).date()
    waivers: Dict[str, str] = {}
    for number, entry in enumerate(entries, 1):
        waiver = _waiver(entry, f"waiver {number} in {path}")
        if not waiver.concerns(subject):
            continue
        if waiver.requirement in waivers:
            msg = f"{path} waives {waiver.requirement} twice"
            raise UsageError(msg)
        if waiver.expires is not None and waiver.expires < now:
            msg = f"the waiver of {waiver.requirement} in {path} has expired ({waiver}): renew or remove it"
            raise UsageError(msg)
        waivers[waiver.requirement] = str(waiver)
    return waivers


def _table(path: Path) -> Dict[str, Any]:
    """Return the settings of refloader in a file."""
    # The standard library has it since Python 3.11.
    toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        data: Dict[str, Any] = toml.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot read {path}: {error}"
        raise UsageError(msg) from None
    if path.name != "pyproject.toml":
        return data
    table = data.get("tool", {}).get("refloader", {})
    if not isinstance(table, dict):
        msg = f"tool.refloader in {path} is no table: write [[tool.refloader.waive]]"
        raise UsageError(msg)
    return table


def _waiver(entry: Dict[str, Any], where: str) -> Waiver:
    _check_keys(entry, _KEYS, where)
    missing = [key for key in _NEEDED if key not in entry]
    if missing:
        msg = f"{where} lacks {' and '.join(missing)}: it needs {', '.join(_NEEDED)}"
        raise UsageError(msg)
    for key, value in entry.items():
        if key != "expires" and not (isinstance(value, str) and value.strip()):
            msg = f"{where}: {key} is {value!r}; expected a text"
            raise UsageError(msg)
    _check_one("requirement", entry["requirement"], CATALOGUE, where)
    _check_one("kind", entry["kind"], KINDS, where)
    return Waiver(**dict(entry, expires=_day(entry.get("expires"), where)))


def _dotted(subject: str) -> str:
    """Return MODULE:NAME with its module as Python names it."""
    module, _, name = subject.partition(":")
    path = module[:-3].replace("/", ".") if module.endswith(".py") else module
    return f"{path}:{name}"


def _check_keys(table: Dict[str, Any], known: Any, where: str) -> None:
    for key in table:
        _check_one("key", key, known, where)


def _check_one(what: str, word: str, known: Any, where: str) -> None:
    if word not in known:
        names: List[str] = list(known)
        msg = f"{where}: there is no {what} {word!r}{nearest(word, names)}"
        raise UsageError(msg)


def _day(given: Any, where: str) -> Optional[dt.date]:
    """Return a day of TOML, written with or without quotes; a point in time is none."""
    if given is None or type(given) is dt.date:
        return given
    try:
        return dt.date.fromisoformat(given)
    except (TypeError, ValueError):
        msg = f"{where}: expires is {given!r}; expected a day, YYYY-MM-DD"
        raise UsageError(msg) from None
