"""What comes with a sample in a loader over all samples, and in one over the first half of them."""

from __future__ import annotations

from typing import Any, Dict, Optional

from refloader.contract.judging.questions import HALVES, plain
from refloader.contract.judging.rows import known_rows
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy


def joined_by_place(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a sample that gets another one's row of a further input where it stands elsewhere in an epoch.

    So it is where a tail is taken from the beginning: over half of the samples others are in it. What is
    computed from all samples, or is a row's number, differs for most of them.
    """
    whole, half = (_rows(ledger, halves=halves) for halves in (False, True))
    for place, mine in half.items() if not policy.augment else ():
        usual = whole.get(place, {})
        apart = sorted(one for one in mine.keys() & usual.keys() if mine[one] != usual[one])
        others = set(usual.values())
        own = 2 * len(others) > len(usual)
        if own and 0 < 2 * len(apart) < len(mine) and all(mine[one] in others for one in apart):
            first = apart[0]
            owner = next(one for one, value in usual.items() if value == mine[first])
            what = f"sample {first} comes with {plain(mine[first])} in a further input"
            where = "in a loader over half of the samples, where it stands elsewhere"
            return f"{what}, which is sample {owner}'s, {where}"
    return None


def _rows(ledger: Ledger, *, halves: bool) -> Dict[int, Dict[int, Any]]:
    """Return for each further leaf of x the value of each sample; of one that has several, of none."""
    seen: Dict[int, Dict[int, Any]] = {}
    several = set()
    for row in known_rows(ledger):
        if (row.event.phase in HALVES) != halves:
            continue
        for place, value in enumerate(row.companions):
            if value != seen.setdefault(place, {}).setdefault(row.sample, value):
                several.add(place)
    return {place: values for place, values in seen.items() if place not in several}
