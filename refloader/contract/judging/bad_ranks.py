"""What ranks deliver, and raise, while one file is bad, and by declaration its row weighs nothing."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from refloader.contract.judging.hidden import hidden, hidden_in
from refloader.contract.judging.questions import errors, learnt, missing, repeated, samples
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy

#: The fact under which the phases of each bad sample are noted, one of each rank.
IN_TURN = "bad in turn"
Turns = Dict[int, List[str]]


def masked_phase(sample: int, rank: int, world: int) -> str:
    """Name the reads of a rank while this sample is bad."""
    return f"rank {rank} of {world} beside the bad sample {sample}"


def not_masked_by_ranks(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a rank that raises at a bad file, or of good samples that come on no rank."""
    for sample, phases in _turns(ledger):
        events = ledger.phase(*phases)
        for event in errors(events):
            return f"with on_bad_sample='mask', {event.phase} raised {event.error} in {event.where}"
        lost = set(missing(learnt(events), ledger.facts["n in turn"])) - {sample}
        counted = policy.tail != "drop" and policy.sampling == "exactly-once"
        if counted and len(lost) > hidden_in(events, policy):
            return f"{samples(lost)} went with the bad {samples([sample])} of {len(phases)} ranks"
    return None


def blank_of_ranks(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a row with weight that is no sample, or one that comes anyway, while a file is bad."""
    for sample, phases in _turns(ledger):
        events = ledger.phase(*phases)
        for event in events:
            row = _blank(event, policy)
            if row is not None:
                return (
                    f"{event.phase}: row {row} of {event.where} is no sample, with ordinary weight"
                )
        twice = repeated(learnt(events)) if policy.sampling == "exactly-once" else []
        if twice:
            return f"beside the bad {samples([sample])} of {len(phases)} ranks sample {twice[0][0]} comes twice"
    return None


def _blank(event: Event, policy: Policy) -> Optional[int]:
    unread = hidden(event.batch, policy)
    rows = (row for row, one in enumerate(event.ids) if one is None and event.weight(row))
    return next((row for row in rows if row not in unread), None)


def _turns(ledger: Ledger) -> List[Tuple[int, List[str]]]:
    turns: Turns = ledger.facts.get(IN_TURN, {})
    return list(turns.items())
