"""Comparing two records: what changed, and what that means to the author of a loader."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterable, List, Optional

from refloader.errors import UsageError
from refloader.record.catalogue import FACTS, Fact
from refloader.record.store import Record, Seen, in_order, line


@dataclass(frozen=True)
class Change:
    """One fact that has another answer in one setting."""

    fact: Fact
    setting: str
    before: Optional[Seen]
    after: Optional[Seen]

    @property
    def words(self) -> str:
        """What changed, in a phrase."""
        return f"{in_words(self.before)} -> {in_words(self.after)}"

    @property
    def for_the_worse(self) -> bool:
        """Whether an answer came up that endangers loaders, and that was not there before."""
        known = self.before.answers if self.before else []
        new = [
            answer for answer in (self.after.answers if self.after else []) if answer not in known
        ]
        return any(self.fact.dangerous(answer) for answer in new)


def changes(before: Record, after: Record) -> List[Change]:
    """Return what differs from one record to the next, in the order of the catalogue.

    Where several answers come up by chance, having seen only some of them is no change.
    """
    found = []
    for slug, fact in FACTS.items():
        old, new = before.answers.get(slug, {}), after.answers.get(slug, {})
        for setting in dict.fromkeys([*old, *new]):
            was, now = old.get(setting), new.get(setting)
            if was is None or now is None or not now.within(was):
                found.append(Change(fact, setting, was, now))
    return found


def same_framework(record: Record, records: Iterable[Record]) -> List[Record]:
    """Return the records of the same framework versions, those of the same Python first."""
    twins = [other for other in records if other.deciding == record.deciding]
    return sorted(twins, key=lambda other: other.environment != record.environment)


def nearest_relative(record: Record, records: Iterable[Record]) -> Record:
    """Return the record to compare with: the same framework, or else the release next to it.

    Within the same line the newest that is not newer is taken, or else the oldest.
    """
    others = in_order(records)
    twins = same_framework(record, others)
    if twins:
        return twins[0]
    kin = [other for other in others if line(other) == line(record)]
    if not kin:
        raise UsageError(
            f"no recorded environment is of the line {line(record)!r}: add one with --record"
        )
    ordered = in_order([*kin, record])
    place = ordered.index(record)
    return ordered[place - 1] if place else ordered[1]


def releases_with(fact: str, setting: str, answer: Any, records: Iterable[Record]) -> List[str]:
    """Return the environments in which an answer was seen."""
    return [
        record.environment
        for record in records
        if answer in record.answers.get(fact, {}).get(setting, Seen()).answers
    ]


def in_words(seen: Optional[Seen]) -> str:
    """Return what was seen in a phrase: the answers, several of them as what chance decides."""
    if seen is None:
        return "not measured"
    told = [answer_words(answer) for answer in seen.answers]
    return " or ".join(sorted(told))


def answer_words(answer: Any) -> str:
    """Return one answer as text: names as they are, anything else as JSON."""
    named = answer if isinstance(answer, list) and answer else [answer]
    return ", ".join(named) if all(isinstance(one, str) for one in named) else json.dumps(answer)
