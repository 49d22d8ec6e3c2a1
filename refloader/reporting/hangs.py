"""One hang keeps many requirements from being judged: it is told of once, and named by the others."""

from __future__ import annotations

from typing import Dict, Iterable, List, Optional

from refloader.contract import verdict
from refloader.contract.verdict import Result


class Told:
    """The hangs that were told of so far, each by the first requirement that it breaks."""

    def __init__(self) -> None:
        self._firsts: Dict[str, str] = {}

    def before(self, result: Result) -> Optional[str]:
        """Return the requirement that told of this very hang, None where it is the first or no hang."""
        if result.verdict != verdict.HANG:
            return None
        first = self._firsts.setdefault(str(result.witness), result.requirement)
        return None if first == result.requirement else first


def repeated(results: Iterable[Result]) -> Dict[str, List[str]]:
    """Return each requirement that tells of a hang, with those that the same one breaks besides."""
    told = Told()
    found: Dict[str, List[str]] = {}
    for result in results:
        first = told.before(result)
        if first is not None:
            found.setdefault(first, []).append(result.requirement)
    return found


def same_as(first: str) -> str:
    """Return what is said of a hang that was told of before."""
    return f"the same hang as in {first}"
