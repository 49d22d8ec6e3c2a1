"""Pictures in y that are of the same samples as those in x: an image to be made of another one."""

from __future__ import annotations

from collections import defaultdict
from typing import Dict, List, Optional, Tuple

from refloader.contract.ledger import Event, Ledger

#: A coin may well fall on one side in fewer rows.
LEAST_ROWS = 24

#: A row: in which event, its number, and how the pictures in x and in y lie there.
Lying = Tuple[Event, int, int, int]


def turned_alone(ledger: Ledger) -> Optional[str]:
    """Tell of pictures that are turned or flipped in x, while those in y never are, or the other way round.

    Where both are, each by itself, they may be two views on purpose.
    """
    for name, rows in _rows(ledger).items():
        ways = [{row[side] for row in rows} for side in (2, 3)]
        apart = [row for row in rows if row[2] != row[3]]
        if len(rows) < LEAST_ROWS or not apart or min(map(len, ways)) > 1:
            continue
        event, row, _, _ = apart[0]
        still, moved = (name, "x") if len(ways[1]) == 1 else ("x", name)
        return (
            f"the pictures in {moved} are turned or flipped, and those in {still} of the same samples never "
            f"are: row {row} of {event.where} is one, and {len(apart)} of {len(rows)} are"
        )
    return None


def _rows(ledger: Ledger) -> Dict[str, List[Lying]]:
    found: Dict[str, List[Lying]] = defaultdict(list)
    for event in ledger.within():
        if event.batch is None:
            continue
        for name, turns in event.batch.target_turns.items():
            for row, (mine, other) in enumerate(zip(event.batch.turns, turns)):
                if mine is not None and other is not None:
                    found[name].append((event, row, mine, other))
    return found
