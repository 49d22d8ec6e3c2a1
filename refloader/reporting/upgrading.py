"""An upgrade in words: what changes, what it endangers, and what to do."""

from __future__ import annotations

from typing import Dict, List

from refloader.contract.requirement import find
from refloader.record.comparing import Change
from refloader.record.upgrade import Upgrade
from refloader.reporting.wording import PLAIN_WIDTH, hanging

_LABEL = 10


def told(upgrade: Upgrade) -> List[str]:
    """Return the lines: changes for the worse first, the others after them, then what is at risk."""
    worse = [change for change in upgrade.changes if change.for_the_worse]
    others = [change for change in upgrade.changes if not change.for_the_worse]
    lines = [f"from {upgrade.before.environment} to {upgrade.after.environment}"]
    for title, changes in (("changes that loaders suffer from", worse), ("other changes", others)):
        if changes:
            lines += ["", f"{title}:"]
        for settings in _by_fact(changes).values():
            lines += _fact(settings)
    if not upgrade.changes:
        return [*lines, "", "no fact differs"]
    return [*lines, *_risks(upgrade)]


def _by_fact(changes: List[Change]) -> Dict[str, List[Change]]:
    grouped: Dict[str, List[Change]] = {}
    for change in changes:
        grouped.setdefault(change.fact.slug, []).append(change)
    return grouped


def _fact(changes: List[Change]) -> List[str]:
    fact = changes[0].fact
    lines = ["", f"  {fact.slug}", *_row("question", fact.question)]
    for words in dict.fromkeys(change.words for change in changes):
        settings = ", ".join(change.setting for change in changes if change.words == words)
        lines += _row("changed", f"{settings}: {words}")
    lines += [*_row("why", fact.why), *_row("to do", fact.advice)]
    return lines + (_row("see", ", ".join(fact.sources)) if fact.sources else [])


def _risks(upgrade: Upgrade) -> List[str]:
    lines = ["", "requirements at risk:"] if upgrade.at_risk else ["", "no requirement is at risk"]
    for slug, facts in upgrade.at_risk.items():
        lines += ["", f"  {slug}", *_row("statement", find(slug).statement)]
        lines += _row("because of", ", ".join(facts))
    return lines


def _row(label: str, text: str) -> List[str]:
    return hanging("    " + label.ljust(_LABEL + 2), text, PLAIN_WIDTH)
