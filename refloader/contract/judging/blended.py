"""Labels that are blended of several samples': each row's own has the largest share."""

from __future__ import annotations

from collections import defaultdict
from typing import Dict, List, Optional, Set, Tuple

from refloader.contract.judging.rows import known_rows
from refloader.contract.ledger import Ledger

#: Of fewer rows of a label the mean of what was drawn says too little.
LEAST_ROWS = 24
_ROUNDING = 1e-3
#: The part of each class in a y.
Shares = Tuple[float, ...]


def blended_the_other_way(ledger: Ledger) -> Optional[str]:
    """Tell of two labels that both come, on the mean over all their rows, mostly as one class.

    What a picture is blended with is drawn from all classes: the shares of the others are alike.
    """
    rows: Dict[int, List[Shares]] = defaultdict(list)
    samples: Dict[int, Set[Shares]] = defaultdict(set)
    for row in known_rows(ledger):
        shares = row.targets[0] if len(row.targets) == 1 else None
        if not isinstance(shares, tuple) or not _are_shares(shares):
            return None
        rows[ledger.facts["labels"][row.sample]].append(shares)
        samples[row.sample].add(shares)
    # A sample's own shares, as those of what several people saw in it, are always the same.
    if 2 * sum(len(found) > 1 for found in samples.values()) <= len(samples):
        return None
    owner: Dict[int, int] = {}
    for label, found in sorted(rows.items()):
        means = [sum(column) / len(found) for column in zip(*found)]
        largest = means.index(max(means))
        if len(found) >= LEAST_ROWS and owner.setdefault(largest, label) != label:
            return (
                f"labels {owner[largest]} and {label} both come mostly as class {largest}: over {len(found)} "
                f"rows of label {label} its share is {means[largest]:.2f}; most is to be of the row's own"
            )
    return None


def _are_shares(shares: Shares) -> bool:
    numbers = all(isinstance(one, float) and 0 <= one <= 1 for one in shares)
    return numbers and len(shares) > 1 and abs(sum(shares) - 1) <= _ROUNDING
