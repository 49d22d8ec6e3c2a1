"""The lock: which requirements a project has agreed to, so that an upgrade breaks no build.

It is written by the first run and kept under version control. What a later contract adds is judged
and reported too, but is advisory until the lock is made anew: delete the file and run again.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Union

from refloader import __version__
from refloader.contract import verdict
from refloader.contract.policy import nearest
from refloader.contract.requirement import CATALOGUE, CONTRACT_VERSION, Requirement
from refloader.contract.verdict import Result
from refloader.errors import UsageError

ADVISORY = "advisory"
_KEYS = {"contract", "refloader", "verdicts"}


def read(path: Union[str, Path]) -> Optional[List[str]]:
    """Return the slugs of a lock, or None where there is no such file yet.

    Raises UsageError for a file that is no lock, for one with a slug that this contract lacks, and
    where there is no folder to write it to.
    """
    if not Path(path).parent.is_dir():
        msg = f"cannot write the lock {str(path)!r}: there is no such folder"
        raise UsageError(msg)
    if not Path(path).exists():
        return None
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot read the lock {str(path)!r}: {error}"
        raise UsageError(msg) from None
    if not isinstance(data, dict) or not set(data) >= _KEYS or type(data["verdicts"]) is not dict:
        msg = f"{path} is no lock of refloader, it lacks {', '.join(sorted(_KEYS))}: name another file"
        raise UsageError(msg)
    for slug in data["verdicts"]:
        if slug not in CATALOGUE:
            msg = (
                f"the lock {path}, written by refloader {data['refloader']}, holds {slug!r}, which "
                f"refloader {__version__} does not have{nearest(slug, CATALOGUE)}"
            )
            raise UsageError(msg)
    return list(data["verdicts"])


def write_new(path: Union[str, Path], results: Iterable[Result]) -> None:
    """Write the lock of a whole run, unless there is one: that one stays as it was agreed to.

    Raises UsageError where that cannot be done.
    """
    if Path(path).exists():
        return
    data = {
        "refloader": __version__,
        "contract": CONTRACT_VERSION,
        "verdicts": {result.requirement: result.verdict for result in results},
    }
    try:
        Path(path).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        msg = f"cannot write the lock {str(path)!r}: {error.strerror}"
        raise UsageError(msg) from error


def newer(chosen: Iterable[Requirement], locked: Optional[List[str]]) -> List[str]:
    """Return the slugs that are judged and not in the lock; none where there is no lock."""
    if locked is None:
        return []
    return [requirement.slug for requirement in chosen if requirement.slug not in locked]


def is_advisory(header: Dict[str, Any], result: Result) -> bool:
    """Say whether the run's header lists the requirement as newer than the lock."""
    return result.requirement in header.get(ADVISORY, ())


def binding(header: Dict[str, Any], results: Iterable[Result]) -> List[Result]:
    """Return the results that decide the exit code: what is advisory counts as waived if broken."""
    return [
        dataclasses.replace(one, verdict=verdict.WAIVED)
        if one.broken and is_advisory(header, one)
        else one
        for one in results
    ]
