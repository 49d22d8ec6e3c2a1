"""Whether the weight of each row is that of its sample."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from refloader.contract.judging.questions import HALVES
from refloader.contract.judging.rows import known_rows
from refloader.contract.ledger import Batch, Event, Ledger
from refloader.contract.policy import Policy

#: A row: in which event, of which sample, by which head, and what it weighs there.
Seen = Tuple[Event, int, int, float]

# Half precision keeps three digits; the samples' weights differ by more.
_TOLERANCE = 1e-3
_DIGITS = 4


def wrong_weight(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a weight that is not its sample's, or is another one in other company or on another rank."""
    return _not_its_own(ledger, policy) or _weighed_by_order(ledger) or _weighed_by_rank(ledger)


def _not_its_own(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Weights are the samples' own, times what depends on the label at most (class weights)."""
    own: List[float] = ledger.facts.get("weights", [])
    seen = [
        (row.event, row.sample, head, weight)
        for row in known_rows(ledger)
        for head, weight in enumerate(row.weights)
    ]
    # Who draws with replacement may draw by weight: weights that are delivered too would count twice.
    drawn_by_weight = not seen and policy.sampling == "with-replacement"
    if not ledger.facts.get("weights_used") or drawn_by_weight or _tempered(seen, ledger):
        return None
    if not seen and any(event.batch for event in ledger.within()):
        what = "every weight is 0" if weighted(ledger) else "no batch brings any"
        return f"the factory took the samples' weights, but {what}"
    factors: Dict[Any, float] = {}
    for event, sample, head, weight in _of_samples(seen, ledger):
        # Weights may be scaled to a mean of 1, which over half of the samples takes another factor.
        key = (head, ledger.facts["labels"][sample], event.phase in HALVES)
        factor = factors.setdefault(key, weight / own[sample])
        due = factor * own[sample]
        if abs(weight - due) > _TOLERANCE * due:
            others = f"; another one of its label has {factor:g} times its own"
            return (
                f"sample {sample} comes with weight {weight:g} in {event.where}; "
                f"its own is {own[sample]:g}{others if abs(factor - 1) > _TOLERANCE else ''}"
            )
    return None


def _weighed_by_order(ledger: Ledger) -> Optional[str]:
    """Tell of a weight that depends on the order of a batch: for the same labels it is another one elsewhere.

    A loader's own class weights may depend on which labels a batch holds, or on the epoch, and weights of
    its own for each sample are the same in all epochs.
    """
    if ledger.facts.get("weights_used"):
        return None
    labels = ledger.facts["labels"]
    of_sample: Dict[Any, Tuple[float, Event]] = {}
    of_label: Dict[Any, float] = {}
    found, uneven = None, False
    for event, batch, company in _companies(ledger):
        for row, sample in enumerate(batch.ids):
            weight = batch.weight(row)
            before, first = of_sample.setdefault((sample, company), (weight, event))
            if not _alike(weight, before):
                found = found or (
                    f"sample {sample} comes with weight {before:g} in {first.where}, and {weight:g} in "
                    f"{event.where}, which holds the same labels in another order"
                )
            usual = of_label.setdefault((event.epoch, company, labels[sample]), weight)
            uneven = uneven or not _alike(weight, usual)
    return found if uneven else None


def _weighed_by_rank(ledger: Ledger) -> Optional[str]:
    """Tell of class weights that are counted from each rank's share: one label weighs more on one of them.

    A factor that all labels of a rank have in common is for its share's size.
    """
    if ledger.facts.get("weights_used") or not ledger.facts.get("world"):
        return None
    by_rank: Dict[str, Dict[int, Set[float]]] = defaultdict(lambda: defaultdict(set))
    for event, batch, place, sample in known_rows(ledger):
        if batch.weights is not None:
            weight = round(batch.weight(place), _DIGITS)
            by_rank[event.phase][ledger.facts["labels"][sample]].add(weight)
    if any(len(found) > 1 for labels in by_rank.values() for found in labels.values()):
        return None
    for (one, mine), (other, theirs) in combinations(by_rank.items(), 2):
        shared = {
            label: (min(mine[label]), min(theirs[label])) for label in sorted({*mine} & {*theirs})
        }
        ratios = [ours / its for ours, its in shared.values()]
        if ratios and not _alike(min(ratios), max(ratios)):
            label = next(label for label, (ours, its) in shared.items() if not _alike(ours, its))
            ours, its = shared[label]
            return f"label {label} weighs {ours:g} on {one}, and {its:g} on {other}: as counted in each share"
    return None


def weighed_by_company(ledger: Ledger) -> Optional[str]:
    """Tell of a sample that weighs something else where it is read in one batch with all the others."""
    first: Dict[int, Tuple[Event, float]] = {}
    for event, batch, place, sample in known_rows(ledger):
        if event.epoch == 0 and batch.weights is not None:
            weight = batch.weight(place)
            before, usual = first.setdefault(sample, (event, weight))
            if not _alike(weight, usual):
                return (
                    f"sample {sample} comes with weight {usual:g} in {before.where}, and {weight:g} in one "
                    "batch with all other samples"
                )
    return None


def _companies(ledger: Ledger) -> Iterator[Tuple[Event, Batch, Tuple[Any, ...]]]:
    """Yield each batch that brings weights, and of which each row is a sample that counts, with its labels."""
    labels = ledger.facts["labels"]
    for event in ledger.phase("epoch"):
        batch = event.batch
        if (
            batch is None
            or batch.weights is None
            or not all(map(batch.weight, range(len(batch.ids))))
        ):
            continue
        if all(sample in range(len(labels)) for sample in batch.ids):
            yield event, batch, tuple(sorted(labels[sample] for sample in batch.ids))


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= _TOLERANCE * max(abs(one), abs(other))


def one_for_two(ledger: Ledger) -> Optional[str]:
    """Tell of two rows of one file that weigh the same, where all other samples have weights of their own."""
    weights: Dict[int, List[float]] = defaultdict(list)
    for row in known_rows(ledger):
        if row.weights:
            weights[row.sample].append(row.weights[0])
    for first in ledger.facts.get("alike", ()):
        mine = weights.pop(first, [])
        others = [found[0] for found in weights.values()]
        if mine[1:] == mine[:1] and len(others) == len(set(others)) > 1:
            return (
                f"samples {first} and {first + 1}, of one file, both come with weight {mine[0]:g}"
            )
    return None


def _of_samples(seen: List[Seen], ledger: Ledger) -> List[Seen]:
    """Leave out heads whose weight a label alone tells, such as 1 for all, if another has the samples' own."""
    by_label: Dict[int, Dict[Any, Set[float]]] = defaultdict(lambda: defaultdict(set))
    for _, sample, head, weight in seen:
        by_label[head][ledger.facts["labels"][sample]].add(round(weight, _DIGITS))
    own = {head for head, found in by_label.items() if any(len(one) > 1 for one in found.values())}
    return [one for one in seen if one[2] in own] if own else seen


def _tempered(seen: List[Seen], ledger: Ledger) -> bool:
    """Say whether weights grow with the samples' own by some rule, such as a root or a bound.

    Then each sample has the same in every batch, and of two the heavier has no less.
    """
    rules: Dict[int, Dict[float, Set[float]]] = defaultdict(lambda: defaultdict(set))
    for _, sample, head, weight in seen:
        rules[head][ledger.facts["weights"][sample]].add(round(weight, _DIGITS))
    steady = all(len(found) == 1 for by_own in rules.values() for found in by_own.values())
    grown = [[min(found) for _, found in sorted(by_own.items())] for by_own in rules.values()]
    return (
        bool(seen)
        and steady
        and all(weights == sorted(weights) and len(set(weights)) > 1 for weights in grown)
    )


def weighted(ledger: Ledger) -> bool:
    """Say whether any batch brings weights."""
    return any(batch.weights is not None for batch in ledger.batches())
