"""What changes for a loader from one recorded environment to another."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Dict, Iterable, List

from refloader.errors import UsageError
from refloader.record.comparing import Change, changes
from refloader.record.store import Record

_SUGGESTED = 3


@dataclass(frozen=True)
class Upgrade:
    """Two records, and every change between them."""

    before: Record
    after: Record
    changes: List[Change]

    @property
    def at_risk(self) -> Dict[str, List[str]]:
        """The requirements that a change for the worse endangers, each with the facts to blame."""
        risks: Dict[str, List[str]] = {}
        for change in self.changes:
            for requirement in change.fact.endangers if change.for_the_worse else ():
                facts = risks.setdefault(requirement, [])
                if change.fact.slug not in facts:
                    facts.append(change.fact.slug)
        return risks


def upgrade(before: str, after: str, records: Iterable[Record]) -> Upgrade:
    """Return what changes between two environments, named in full or by a beginning.

    Raises UsageError for a name that no record has, or that several have.
    """
    known = list(records)
    old, new = named(before, known), named(after, known)
    return Upgrade(old, new, changes(old, new))


def named(name: str, records: Iterable[Record]) -> Record:
    """Return the record of an environment; of several Pythons, that of the newest.

    Where a name fits several backends it means TensorFlow.

    A name is whole, or whole parts of one from its beginning, such as "tf2.15" or "keras3.15-jax".
    """
    known = list(records)
    fitting = [record for record in known if _fits(name, record.environment)]
    usual = [record for record in fitting if record.backend == "tensorflow"]
    fitting = usual if len({str(record.deciding) for record in usual}) == 1 else fitting
    frameworks = {str(record.deciding) for record in fitting}
    if len(frameworks) > 1:
        told = ", ".join(record.environment for record in fitting)
        raise UsageError(f"{name!r} may be any of {told}: say more of the name")
    if not fitting:
        raise UsageError(
            f"nothing is recorded of {name!r}; the nearest are {_nearest(name, known)}"
        )
    return fitting[-1]


def _nearest(name: str, records: Iterable[Record]) -> str:
    """Return the recorded environments whose names are most like this one."""
    likeness = {
        record.environment: difflib.SequenceMatcher(None, name, record.environment[: len(name)])
        for record in records
    }
    ranked = sorted(likeness, key=lambda environment: -likeness[environment].ratio())
    return ", ".join(ranked[:_SUGGESTED])


def _fits(name: str, environment: str) -> bool:
    """Tell whether each part of a name is the beginning of the same part of the environment's."""
    asked, parts = name.split("-"), environment.split("-")
    return len(asked) <= len(parts) and all(map(_begins, asked, parts))


def _begins(asked: str, part: str) -> bool:
    """Tell whether "tf2.1" is meant by "tf2.1.4": it is, and not by "tf2.15.1"."""
    return (
        part == asked
        or part.startswith(f"{asked}.")
        or (part.startswith(asked) and not asked[-1:].isdigit())
    )
