"""The situations that a requirement must have met before it may be called kept."""

from __future__ import annotations

from typing import Callable, Dict, Iterable, List, Sequence

from refloader.contract.ledger import Ledger

Situation = Callable[[Ledger], bool]

SITUATIONS: Dict[str, Situation] = {
    "a batch": lambda ledger: bool(ledger.batches()),
    "two batches": lambda ledger: len(ledger.batches()) > 1,
    "two epochs": lambda ledger: len({event.epoch for event in ledger.events}) > 1,
    "n % batch_size == 0": lambda ledger: ledger.scenario.remainder == 0,
    "n % batch_size == 1": lambda ledger: ledger.scenario.remainder == 1,
    "n % batch_size == batch_size - 1": lambda ledger: (
        ledger.scenario.remainder == ledger.scenario.batch_size - 1
        and ledger.scenario.batch_size > 1
    ),
    "n < batch_size": lambda ledger: 0 < ledger.scenario.n < ledger.scenario.batch_size,
    "n > 100": lambda ledger: ledger.scenario.n > 100,  # noqa: PLR2004 - the seed's loader keeps 100
    "n > 1000": lambda ledger: ledger.scenario.n > 1000,  # noqa: PLR2004 - past a byte, and any trial
    "uneven shards": lambda ledger: bool(ledger.scenario.n % ledger.facts.get("world", 1)),
    "worker processes of its own": lambda ledger: bool(ledger.facts.get("killed")),
    "other loaders": lambda ledger: bool(ledger.facts.get("others")),
    "a saved position": lambda ledger: bool(ledger.facts.get("points")),
    "a batch that is read again": lambda ledger: bool(ledger.phase("at once again")),
    "no samples": lambda ledger: ledger.scenario.n == 0,
    "two classes": lambda ledger: ledger.scenario.classes > 1 and ledger.scenario.n > 1,
}


def unmet(names: Iterable[str], ledgers: Sequence[Ledger]) -> List[str]:
    """Return which of these situations came up in none of these drives."""
    return [name for name in names if not any(met(name, ledger) for ledger in ledgers)]


def met(name: str, ledger: Ledger) -> bool:
    """Say whether the named situation came up in this drive."""
    return SITUATIONS[name](ledger)
