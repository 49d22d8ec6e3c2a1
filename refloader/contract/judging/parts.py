"""How a loader encodes labels over a part of the samples, in another process, and where they are many."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from refloader.contract.judging.blended import is_blended
from refloader.contract.judging.questions import plain
from refloader.contract.judging.rows import known_rows
from refloader.contract.judging.targets import one_to_one
from refloader.contract.ledger import Ledger

#: The reads before anything is written into what was delivered.
WHOLE = "forward"
#: The reads of a loader that is built in a fresh process, where strings are hashed with a seed.
BUILT = "built under hash seed {}"
# They are named, as one that is drawn may hash as another one did.
HASH_SEEDS = ("1", "2")
_HASHED = f"strings hash otherwise there (PYTHONHASHSEED={' and '.join(HASH_SEEDS)})"
#: How many classes most drives have at most.
FEW = 5
# A y of a label that only one sample has may be that sample's own.
FEWEST = 2

#: (sample, y) of each row.
Rows = Sequence[Tuple[int, Any]]


def encoded_elsewhere(ledger: Ledger) -> Optional[str]:
    """Tell of a label that loaders encode otherwise that are built in two fresh processes."""
    one, other = (_rows(ledger, BUILT.format(seed)) for seed in HASH_SEEDS)
    for place in range(_places(one)):
        found = _changed(ledger, one, other, place)
        if found:
            label, first, second = found
            return (
                f"label {label} is encoded as {first}, and as {second} by a loader that is built in another "
                f"process: {_HASHED}, and folders list their files in another order"
            )
    return _input_elsewhere(ledger)


def _input_elsewhere(ledger: Ledger) -> Optional[str]:
    """Tell of a further input, of a few values, that has others in their place in another process."""
    one, other = (_inputs(ledger, BUILT.format(seed)) for seed in HASH_SEEDS)
    common = sorted(one.keys() & other.keys())
    for place in range(min((len(one[sample]) for sample in common), default=0)):
        seen: Dict[Any, List[Any]] = defaultdict(list)
        for sample in common:
            mine, theirs = one[sample][place], other[sample][place]
            if theirs not in seen[mine]:
                seen[mine].append(theirs)
        changed = [mine for mine, found in seen.items() if found != [mine]]
        # What is another for nearly each sample, as its position is, is no code.
        if changed and 1 < len(seen) <= len(common) // 2 and one_to_one(seen):
            first, second = changed[0], seen[changed[0]][0]
            return (
                f"a further input is {plain(first)} where it is {plain(second)} for a loader that is built in "
                f"another process: {_HASHED}"
            )
    return None


def _inputs(ledger: Ledger, phase: str) -> Dict[int, Tuple[Any, ...]]:
    """Return what each sample has of the leaves of x beside the one that shows which it is."""
    return {row.sample: row.companions for row in known_rows(ledger) if row.event.phase == phase}


def encoded_by_part(ledger: Ledger) -> Optional[str]:
    """Tell of a label that a loader over a part of the samples encodes as the loader over all does not."""
    rows = _rows(ledger, WHOLE)
    for place in range(_places(rows)):
        for first, last, own in ledger.facts.get("encoded", ()):
            found = _changed(ledger, rows, own, place)
            if found:
                label, mine, other = found
                present = ", ".join(map(str, sorted(_by_label(ledger, own, place))))
                return (
                    f"label {label} is encoded as {mine}, and as {other} by a loader over samples {first} to "
                    f"{last} alone, whose labels are {present}: as training and validation would encode it"
                )
    return None


def encoded_past_few(ledger: Ledger) -> Optional[str]:
    """Tell of a label past those of a few classes that has the code of another one.

    Where those before have not one each, or a further one has a row of zeros, the factory is written for a
    data set of fewer classes.
    """
    rows = _rows(ledger, "epoch")
    for place in range(_places(rows)):
        usual = _by_label(ledger, rows, place)
        first = {label: found for label, found in usual.items() if label < FEW}
        if not one_to_one(first):
            continue
        owner = {plain(found[0]): label for label, found in first.items()}
        for label, found in sorted(usual.items()):
            code = plain(found[0])
            if owner.setdefault(code, label) != label and not _is_none(found[0]):
                return f"label {label} is encoded as {code}, which is the code of label {owner[code]} too"
    return None


def _is_none(code: Any) -> bool:
    """Say whether a code is a row of zeros, as one-hot of a fixed depth has them for labels beyond it."""
    return isinstance(code, tuple) and len(code) > 1 and not any(code)


def _rows(ledger: Ledger, phase: str) -> Rows:
    """Return (sample, y) of each row that was read in a phase."""
    return [
        (row.sample, row.targets)
        for row in known_rows(ledger)
        if row.event.phase == phase and row.targets
    ]


def _places(rows: Rows) -> int:
    return min((len(target) for _, target in rows), default=0)


def _changed(
    ledger: Ledger, rows: Rows, others: Rows, place: int
) -> Optional[Tuple[int, str, str]]:
    """Return the first label that another loader encodes otherwise in one leaf of y, and both its codes.

    Compared is where in each of the two a label has one value, and a value one label. One that lacks a
    class is no such case: to number the classes that there are is what many do, and right for splits that
    have all. Nor is one whose labels are blended of several by chance, with other shares.
    """
    usual, other = _by_label(ledger, rows, place), _by_label(ledger, others, place)
    if not (one_to_one(usual) and one_to_one(other) and set(other) == set(usual)):
        return None
    if _drawn(usual) != _drawn(other):
        return None
    several = Counter(ledger.facts["labels"][sample] for sample in dict(rows))
    for label, (target,) in sorted(other.items()):
        if target != usual[label][0] and several[label] >= FEWEST:
            return label, plain(usual[label][0]), plain(target)
    return None


def _by_label(ledger: Ledger, rows: Rows, place: int) -> Dict[int, List[Any]]:
    labels = ledger.facts["labels"]
    seen: Dict[int, Dict[Any, None]] = defaultdict(dict)
    for sample, target in rows:
        if place < len(target):
            seen[labels[sample]][target[place]] = None
    return {label: list(found) for label, found in seen.items()}


def _drawn(codes: Dict[int, List[Any]]) -> Set[Any]:
    """Return the codes that have shares of several classes: smoothed labels have those of one and all."""
    return {code for found in codes.values() for code in found if is_blended(code)}
