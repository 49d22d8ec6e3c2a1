"""Rows of which an augmentation hides the sample, told by what else the loader delivered."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Dict, List, Optional, Tuple

from refloader.contract.judging.hidden import hidden
from refloader.contract.judging.questions import missing
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy

#: So many places in which two passes have the same samples are no accident: 1 in 2,520 at most.
_PLACES = 5
#: The index that was asked for, or how many batches came before; and the row.
Place = Tuple[int, int]
#: The phase and the epoch of a pass, and how often its batches had been read before in them.
Key = Tuple[str, int, int]
#: Where each sample is, in one pass over the data set.
Pass = Dict[Place, Optional[int]]


def recovered(ledger: Ledger, policy: Policy) -> Ledger:
    """Return the ledger with the sample of each hidden row of which nothing leaves a doubt.

    Another pass that has the same samples in all other places tells it; so does its own pass, of which
    one sample alone is missing. What stands in the place of a damaged file is never taken for its sample.
    """
    if not any(hidden(event.batch, policy) for event in ledger.events):
        return ledger
    places = _places(ledger)
    passes: Dict[Key, Pass] = defaultdict(dict)
    for event, (key, at) in zip(ledger.events, places):
        passes[key].update({(at, row): sample for row, sample in enumerate(event.ids)})
    told = {
        key: _told(key, passes, ledger, policy)
        for key, one in passes.items()
        if None in one.values()
    }
    events = (
        _with(event, {row: told[key].get((at, row)) for row in hidden(event.batch, policy)})
        for event, (key, at) in zip(ledger.events, places)
    )
    return replace(ledger, events=tuple(events))


def _comparable(passes: Dict[Key, Pass], mine: Key, policy: Policy) -> List[Pass]:
    """Return the other passes; where each epoch has an order of its own, those of the same epoch."""
    others = [key for key in passes if key != mine and (key[1] == mine[1] or not policy.shuffle)]
    return [passes[key] for key in others]


def _places(ledger: Ledger) -> List[Tuple[Key, int]]:
    """Return, for each event, the pass that it is of, and its index in it. What is read twice is two passes."""
    read: Counter[Key] = Counter()
    taken: Counter[Tuple[str, int]] = Counter()
    found = []
    for event in ledger.events:
        index = event.index
        if index is None:
            index = taken[event.phase, event.epoch]
            taken[event.phase, event.epoch] += 1
        key = event.phase, event.epoch, index
        found.append(((event.phase, event.epoch, read[key]), index))
        read[key] += 1
    return found


def _told(key: Key, passes: Dict[Key, Pass], ledger: Ledger, policy: Policy) -> Pass:
    one = passes[key]
    open_places = [place for place, sample in one.items() if sample is None]
    alike = [other for other in _comparable(passes, key, policy) if _agree(one, other)]
    said = {place: {other.get(place) for other in alike} - {None} for place in open_places}
    told = {place: found.pop() for place, found in said.items() if len(found) == 1}
    absent = missing((known for known in one.values() if known is not None), ledger.scenario.n)
    if len(open_places) == len(absent) == 1 and policy.sampling == "exactly-once":
        told[open_places[0]] = absent[0]
    bad = {ledger.facts.get("bad"), *ledger.facts.get("bad too", ())}
    return {place: sample for place, sample in told.items() if sample not in bad}


def _agree(one: Pass, other: Pass) -> bool:
    common = [(one[place], other[place]) for place in one.keys() & other.keys()]
    known = [pair for pair in common if None not in pair]
    return len(known) >= _PLACES and all(first == second for first, second in known)


def _with(event: Event, told: Dict[int, Optional[int]]) -> Event:
    if event.batch is None or not any(sample is not None for sample in told.values()):
        return event
    ids = tuple(told.get(row) if sample is None else sample for row, sample in enumerate(event.ids))
    return replace(event, batch=replace(event.batch, ids=ids))
