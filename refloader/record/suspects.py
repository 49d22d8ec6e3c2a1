"""Which recorded facts may be behind it where the framework breaks a requirement."""

from __future__ import annotations

from typing import Iterable, List

from refloader.errors import UsageError
from refloader.record.catalogue import FACTS
from refloader.record.comparing import nearest_relative
from refloader.record.store import Record, read_all, shipped

# What Keras' own loaders break explains nothing of somebody else's.
ABOUT_LOADERS = "shipped."


def suspicion(requirement: str) -> str:
    """Say which facts of the installed framework endanger a requirement, by the record."""
    try:
        known = nearest_relative(Record.here(), read_all(shipped()))
    except UsageError as error:
        return f"no fact is on record that explains it: {error}"
    found = suspects(requirement, known)
    if not found:
        return f"no fact on record of {known.environment} explains it: please report this"
    return f"on record of {known.environment}: {', '.join(found)} (`refloader facts --only {found[0]}`)"


def suspects(requirement: str, record: Record) -> List[str]:
    """Return the facts that endanger a requirement and have a dangerous answer in a record."""
    facts = (
        fact
        for fact in FACTS.values()
        if requirement in fact.endangers and not fact.slug.startswith(ABOUT_LOADERS)
    )
    return [fact.slug for fact in facts if any(map(fact.dangerous, _answers(record, fact.slug)))]


def _answers(record: Record, slug: str) -> Iterable[object]:
    seen = record.answers.get(slug, {}).values()
    return (answer for one in seen for answer in one.answers)
