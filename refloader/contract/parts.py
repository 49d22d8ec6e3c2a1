"""What a loader over a part of the samples has to share with the loader over all of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Dict, Iterable, List, Optional, Tuple

from refloader.contract.judging import plain
from refloader.contract.ledger import Ledger
from refloader.contract.targets import known_rows, one_to_one

#: The reads before anything is written into what was delivered.
WHOLE = "forward"
# A y of a label that only one sample has may be that sample's own.
FEWEST = 2

Rows = Iterable[Tuple[int, Any]]


def encoded_by_part(ledger: Ledger) -> Optional[str]:
    """Tell of a label that a loader over a part of the samples encodes as the loader over all does not."""
    rows = [
        (sample, event.batch.targets[row])
        for event, row, sample in known_rows(ledger)
        if event.phase == WHOLE and event.batch is not None and event.batch.targets
    ]
    places = min((len(target) for _, target in rows), default=0)
    parts = ledger.facts.get("encoded", ())
    found = (_unlike(ledger, rows, part, place) for place in range(places) for part in parts)
    return next(filter(None, found), None)


def _unlike(ledger: Ledger, rows: Rows, part: Tuple[int, int, Rows], place: int) -> Optional[str]:
    """Compare one leaf of y, where in each of the two a label has one value, and a value one label.

    A part that lacks a class is no such case: to number the classes that there are is what many do, and
    right for splits that have all.
    """
    first, last, own = part
    labels = ledger.facts["labels"]
    usual, other = _by_label(labels, rows, place), _by_label(labels, own, place)
    if not (one_to_one(usual) and one_to_one(other) and set(other) == set(usual)):
        return None
    several = Counter(labels[sample] for sample in dict(rows))
    for name, (target,) in sorted(other.items()):
        if target != usual[name][0] and several[name] >= FEWEST:
            return (
                f"label {name} is encoded as {plain(usual[name][0])}, and as {plain(target)} by a loader over "
                f"samples {first} to {last} alone, whose labels are {_shown(other)}: as training and "
                "validation would encode it"
            )
    return None


def _by_label(labels: List[int], rows: Rows, place: int) -> Dict[int, List[Any]]:
    seen: Dict[int, List[Any]] = defaultdict(list)
    for sample, target in rows:
        if place < len(target) and target[place] not in seen[labels[sample]]:
            seen[labels[sample]].append(target[place])
    return dict(seen)


def _shown(names: Iterable[int]) -> str:
    return ", ".join(str(name) for name in sorted(names))
