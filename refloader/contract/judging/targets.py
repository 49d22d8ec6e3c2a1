"""What comes with a sample: which of it tells the label, and which is the sample's own."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any, Dict, List, Optional, Set, Tuple

from refloader.contract.judging.questions import HALVES, plain
from refloader.contract.judging.questions import samples as named
from refloader.contract.judging.rows import known_rows
from refloader.contract.judging.scales import FAINT
from refloader.contract.ledger import LONGEST_TARGET, Batch, Event, Ledger
from refloader.contract.policy import Policy

#: Phases over other samples than the epochs beside them: what is made of the samples around one is another.
_OF_OTHERS = (*HALVES, FAINT)


def one_to_one(seen: Dict[int, List[Any]]) -> bool:
    """Say whether each label was seen with one value, and each value with one label."""
    values = [found[0] for found in seen.values()]
    return all(len(found) == 1 for found in seen.values()) and len(set(values)) == len(values)


def without_own_pictures(ledger: Ledger, policy: Policy) -> Ledger:
    """Return the ledger without those leaves of y that are pictures or sequences of their sample alone.

    Such a leaf (boxes on a grid, a heat map) says nothing of the label. It is the sample's own if no
    other sample shares it and if, unless it may be augmented, it is always the same.
    """
    seen: Dict[int, Dict[int, Set[Any]]] = defaultdict(lambda: defaultdict(set))
    for row in known_rows(ledger):
        if row.targets:
            for place in _long_leaves(row.batch):
                seen[place][row.sample].add(row.targets[place])
    own = {place for place, values in seen.items() if _is_own(list(values.values()), policy)}
    return replace(ledger, events=tuple(_without(own, event) for event in ledger.events))


def more_than_labels(ledger: Ledger, policy: Policy) -> bool:
    """Say whether y tells the label and more: boxes with their classes, what was measured beside it.

    So it is where no y is shared by two labels, a sample has always the same unless it may be
    augmented, and not one label alone of many comes with several: some of its samples may be mislabelled.
    """
    labels = ledger.facts["labels"]
    names: Dict[Any, Set[int]] = defaultdict(set)
    samples: Dict[int, Set[Any]] = defaultdict(set)
    for row in known_rows(ledger):
        if row.targets:
            names[row.targets].add(labels[row.sample])
            samples[row.sample].add(row.targets)
    steady = policy.augment or all(len(found) == 1 for found in samples.values())
    if not steady or any(len(found) > 1 for found in names.values()):
        return False
    several = Counter(label for found in names.values() for label in found)
    finer = sum(count > 1 for count in several.values())
    shared = sum(count > 1 for count in Counter(labels[sample] for sample in samples).values())
    return finer > 1 or finer == 1 >= shared - 1


def _without(places: Set[int], event: Event) -> Event:
    if event.batch is None or not places:
        return event
    kept = tuple(
        tuple(part for place, part in enumerate(target) if place not in places)
        for target in event.batch.targets
    )
    return replace(event, batch=replace(event.batch, targets=kept if any(kept) else ()))


def _is_own(values: List[Set[Any]], policy: Policy) -> bool:
    shared = len(set().union(*values)) < sum(map(len, values))
    return not shared and (policy.augment or all(len(found) == 1 for found in values))


def _long_leaves(batch: Batch) -> List[int]:
    leaves = [one for one in batch.leaves if one.name[0] == "y" and one.name not in batch.other_ids]
    return [place for place, leaf in enumerate(leaves) if values(leaf.shape) > LONGEST_TARGET]


def values(shape: Tuple[int, ...]) -> int:
    """Return how many values a row has."""
    count = 1
    for length in shape[1:]:
        count *= length
    return count


def told_by_inputs(ledger: Ledger) -> bool:
    """Say whether a further leaf of x has a value of its own for each label.

    So it is where the targets are inputs of a layer that computes the loss, and y is a dummy.
    """
    return any(one_to_one(values) for values in _companions_by_label(ledger).values())


def label_among_inputs(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of labels among the inputs that are another sample's, where no batch has any y.

    A further leaf of x holds labels where it has as many values as there are labels. A flag of what was
    drawn may have so many too, but is another one from read to read.
    """
    asked = ledger.facts.get("labels_asked") and not policy.augment
    if not asked or any(batch.targets for batch in ledger.batches()):
        return None
    leaves = _companions_by_label(ledger)
    if any(one_to_one(values) for values in leaves.values()):
        return None
    for place, values in sorted(leaves.items()):
        told = {value for found in values.values() for value in found}
        if len(values) == len(told) > 1 and _steady(ledger, place):
            return _told_apart(ledger, place, values)
    return None


def _told_apart(ledger: Ledger, place: int, values: Dict[int, List[Any]]) -> str:
    """Name a sample whose label comes with another value elsewhere."""
    labels = ledger.facts["labels"]
    for row in known_rows(ledger):
        label = labels[row.sample]
        value, usual = row.companions[place], values[label][0]
        if value != usual:
            return (
                f"sample {row.sample} (label {label}) comes with {plain(value)} in a further input in "
                f"{row.event.where}; label {label} is {plain(usual)} elsewhere, and there is no y"
            )
    shared = plain(next(iter(values.values()))[0])
    return f"several labels come with {shared} in a further input, and there is no y"


def _steady(ledger: Ledger, place: int) -> bool:
    first: Dict[int, Any] = {}
    return all(
        first.setdefault(row.sample, row.companions[place]) == row.companions[place]
        for row in known_rows(ledger)
    )


def _companions_by_label(ledger: Ledger) -> Dict[int, Dict[int, List[Any]]]:
    """Return for each further leaf of x which values it has beside the samples of each label."""
    labels = ledger.facts["labels"]
    # As dicts, which keep the order of what comes first: of many samples each may have its own.
    seen: Dict[int, Dict[int, Dict[Any, None]]] = defaultdict(lambda: defaultdict(dict))
    for row in known_rows(ledger):
        for place, value in enumerate(row.companions):
            seen[place][labels[row.sample]][value] = None
    return {
        place: {label: list(values) for label, values in by_label.items()}
        for place, by_label in seen.items()
    }


def unsteady(ledger: Ledger) -> Optional[str]:
    """Tell of a sample that comes with now one y, and now another: where y is its own, it has but one.

    It may be of the samples around it, as that of a window is: over other samples some have others.
    """
    first: Dict[Any, Tuple[Event, Any]] = {}
    for row in known_rows(ledger):
        if not row.targets:
            continue
        # Of pairs, y belongs to all members, be they samples or what is drawn for one, as an item for a
        # user is; and it may be padded to the longest of its batch.
        drawn = row.companions if ledger.facts.get("own_identify") else ()
        members = (*(one[row.place] for one in row.batch.partners), *drawn)
        shapes = tuple(one.shape[1:] for one in row.batch.leaves if one.name.startswith("y"))
        key = row.sample, members, shapes, row.event.phase in _OF_OTHERS
        before, usual = first.setdefault(key, (row.event, row.targets))
        if row.targets != usual:
            return (
                f"sample {row.sample} comes with y = {plain(usual)} in {before.where}, "
                f"and with y = {plain(row.targets)} in {row.event.where}"
            )
    return None


def two_for_one_picture(ledger: Ledger) -> Optional[str]:
    """Tell of a sample that comes with two y beside the very same values of x: not both can be of these.

    Where x is augmented, y moves with it: boxes with the picture that they are drawn on. A picture in y may be
    a view that is drawn by itself, and of a map some of its places are drawn that count, as of anchors.
    """
    first: Dict[Any, Tuple[Event, Any]] = {}
    for row in known_rows(ledger):
        batch = row.batch
        targets = tuple(leaf for leaf in row.targets if not isinstance(leaf, str))
        if not targets or not batch.prints or batch.other_ids:
            continue
        shapes = tuple(leaf.shape[1:] for leaf in batch.leaves)
        key = row.sample, batch.prints[row.place], shapes, row.event.phase in _OF_OTHERS
        before, usual = first.setdefault(key, (row.event, targets))
        if targets != usual:
            return (
                f"sample {row.sample} comes with y = {plain(usual)} in {before.where}, and with y = "
                f"{plain(targets)} in {row.event.where}, where its x is the same to the byte"
            )
    return None


def told_by_place(ledger: Ledger) -> Optional[str]:
    """Tell of a y that is that of a row's place in its batch, whichever sample stands there.

    The places themselves are no such y: they are the classes of pairs that are told apart within a batch.
    """
    by_place: Dict[int, Set[Any]] = defaultdict(set)
    samples: Dict[int, Set[int]] = defaultdict(set)
    for row in known_rows(ledger):
        if row.targets and row.event.phase == "epoch":
            by_place[row.place].add(row.targets)
            samples[row.place].add(row.sample)
    values = [next(iter(found)) for found in by_place.values() if len(found) == 1]
    rows = [sorted(samples[place]) for place in by_place]
    several = len(values) > 2 and all(len(found) > 1 for found in rows)  # noqa: PLR2004 - of two, both may be due
    if not several or len({*values}) < len(by_place) or all(map(_is_place, by_place, values)):
        return None
    first, second = (plain(value) for value in values[:2])
    whose = named(rows[0]).replace(" and ", " or ")
    return (
        f"row 0 of every batch comes with y = {first}, be it {whose}, and row 1 with y = {second}"
    )


def _is_place(row: int, target: Tuple[Any, ...]) -> bool:
    """Say whether y is the number of the row, or has a 1 there."""
    value = target[0]
    return bool(
        value == tuple(float(place == row) for place in range(len(value)))
        if isinstance(value, tuple)
        else value == row
    )
