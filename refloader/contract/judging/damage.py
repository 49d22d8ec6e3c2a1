"""What a loader delivers, and raises, while one of its files is damaged."""

from __future__ import annotations

import re
from typing import List, Optional

from refloader.contract.judging.hidden import hidden_in
from refloader.contract.judging.questions import (
    delivered,
    errors,
    learnt,
    missing,
    names_sample,
    quote,
    rows,
    samples,
    spared,
)
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy

#: The passes in which errors are counted: the one that meets the damage first, and one after it.
PASSES = ("epoch", "afterwards")
#: Where a loader reads on: an epoch in which the bad sample comes last, in a partial batch.
LAST_EPOCH = "epoch with the bad sample last"
#: Reads of a loader that has met a bad file, of its copy, and of the loader again.
SENT = ("sent after a bad file", "copy after a bad file", "sent after a bad file, again")
# Characters of an error that are quoted where it is very long.
LONGEST_QUOTE = 120


def not_raised(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell how a damaged sample is not reported, or how more than its own batch goes with it."""
    if ledger.facts["bad"] in learnt(ledger.phase("epoch")):
        # It was read before it was damaged.
        return None
    found = _not_told(ledger, policy) or next(
        filter(None, (_more_than_its_batch(ledger, policy, phase) for phase in PASSES)), None
    )
    found = found or _forgotten(ledger, policy) or _other_length(ledger) or _unsendable(ledger)
    return f"{ledger.damage}{found}" if found else None


def _not_told(ledger: Ledger, policy: Policy) -> Optional[str]:
    said = [event.error for event in errors(ledger.phase("epoch"))] + [ledger.build_error]
    told = [text for text in said if text]
    if not told and _not_due(ledger, policy, "epoch"):
        return None
    if not told:
        return ", and no error is raised"
    naming = [text for text in told if names_damaged(text, ledger)]
    if not naming:
        return f"; the error names neither its path nor its id: {told[0]}"
    named = min(_files_named(text, ledger) for text in naming)
    if named > ledger.scenario.batch_size:
        return f"; the error names {named} files, and so none: {_short(naming[0])}"
    if ledger.facts.get("ends after") is not None:
        after = ledger.facts["ends after"]
        return f", and a loop over the loader ends after {after} batches without an error"
    return None


def _unsendable(ledger: Ledger) -> Optional[str]:
    refused = ledger.facts.get("unsendable")
    if refused is None:
        return None
    return (
        f", and its error cannot be sent from a worker process, which then is waited for: {refused}"
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."


def _files_named(text: str, ledger: Ledger) -> int:
    names = {re.escape(name) for name in ledger.facts.get("files", ())}
    return sum(re.search(rf"(?<![\w.-]){name}", text) is not None for name in names)


def _more_than_its_batch(ledger: Ledger, policy: Policy, phase: str) -> Optional[str]:
    """Tell of a second batch that raises, or of good samples that no batch has, in one pass."""
    # A picture that is put together of several samples fails with each of them.
    apart = policy.augment or ledger.facts.get("own_identify")
    if apart or policy.kind != "sequence" or policy.sampling != "exactly-once":
        return None
    raised = errors(ledger.phase(phase))
    remainder = ledger.scenario.remainder
    # What fills up a batch may be the damaged sample once more.
    allowed = 2 if policy.tail == "pad" and remainder else 1
    if len(raised) > allowed:
        others = " and ".join(_short(quote(event)) for event in raised[:2])
        return f", and more than its batch fails: {others}"
    lost = set(missing(learnt(ledger.phase(phase)), ledger.scenario.n)) - {ledger.facts["bad"]}
    with_it = len(raised) * ledger.scenario.batch_size - 1 + spared(ledger, policy)
    if raised and len(lost) > with_it:
        verb = "does" if len(lost) == 1 else "do"
        where = f"in epoch {raised[0].epoch}"
        return f", and more than its batch is lost: {samples(lost)} {verb} not come {where}"
    return None


def _forgotten(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a pass after the error that has neither the sample nor an error."""
    after = ledger.phase("afterwards")
    if not after or errors(after) or _not_due(ledger, policy, "afterwards"):
        return None
    rows = delivered(after)
    # What stands in the damaged sample's place is another requirement's.
    if ledger.facts["bad"] in rows or len(rows) >= ledger.scenario.n:
        return None
    return ", and that is said once: the next epoch leaves the sample out without an error"


def _not_due(ledger: Ledger, policy: Policy, phase: str) -> bool:
    """Say whether a pass without error may well have gone by without the damaged sample."""
    events = ledger.phase(phase)
    rows = delivered(events)
    if policy.sampling != "exactly-once":
        return None not in rows
    lost = missing((one for one in rows if one is not None), ledger.scenario.n)
    return policy.tail == "drop" and len(lost) <= ledger.scenario.remainder


def _other_length(ledger: Ledger) -> Optional[str]:
    shown = list(dict.fromkeys(text for _, text, _ in ledger.lengths))
    return (
        f", and len() is {shown[0]} before the error, and {shown[1]} after it"
        if shown[1:]
        else None
    )


def names_damaged(text: str, ledger: Ledger) -> bool:
    """Say whether an error names a damaged sample, by its file or its id."""
    bad, *more = damaged(ledger)
    files = ledger.facts.get("files", ())
    return names_sample(text, bad, ledger.facts["file"]) or any(
        names_sample(text, one, files[one]) for one in more
    )


def damaged(ledger: Ledger) -> List[int]:
    """Return the samples whose files are damaged, the first of them first."""
    return [ledger.facts["bad"], *ledger.facts.get("bad too", ())]


def not_skipped(ledger: Ledger, policy: Policy, phase: str) -> Optional[str]:
    """Tell how an epoch is more, or less, than one without the damaged sample."""
    raised = errors(ledger.phase(phase))
    for event in raised:
        # A batch of nothing but the bad sample cannot be delivered; then an error that names it is due.
        if not names_damaged(event.error or "", ledger):
            return f"with on_bad_sample='skip', reading {event.where} raised {event.error}"
    for event in ledger.phase(phase):
        if event.batch is not None and not event.batch.ids:
            return f"with on_bad_sample='skip', {event.where} has no row; an error that names the file was due"
    lost = _others_lost(ledger, policy, phase)
    return f"{lost}: {quote(raised[0])}" if lost and raised else lost


def not_masked(ledger: Ledger, policy: Policy, phase: str) -> Optional[str]:
    """Tell how an epoch is more, or less, than one in which the damaged sample weighs nothing."""
    for event in errors(ledger.phase(phase)):
        return f"with on_bad_sample='mask', reading {event.where} raised {event.error}"
    rows = len(delivered(ledger.phase(phase)))
    if rows < ledger.scenario.n - _may_lack(ledger, policy):
        return f"with on_bad_sample='mask' {rows} of {ledger.scenario.n} rows are delivered"
    return _others_lost(ledger, policy, phase)


def unlike_when_sent(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a loader that cannot be copied once it has met a bad file, or whose copy reads otherwise."""
    refused = ledger.facts.get("refused beside a bad file")
    if refused:
        return f"once it has met a bad file it cannot be pickled and unpickled: {refused}"
    first, copies, again = map(ledger.phase, SENT)
    if any(_good(one, ledger) != _good(other, ledger) for one, other in zip(first, again)):
        return None
    for mine, other in zip(first, copies):
        if hidden_in((mine, other), policy):
            continue
        kept = set(mine.ids).isdisjoint({None, *damaged(ledger)})
        if mine.batch is not None and kept and other.batch is None:
            return f"once it has met a bad file, its copy fails: {quote(other)}"
        if mine.batch and other.batch and _good(mine, ledger) != _good(other, ledger):
            return (
                f"once it has met a bad file, its copy gives {rows(other.ids)} "
                f"and not {rows(mine.ids)} in {mine.where}"
            )
    return None


def _good(event: Event, ledger: Ledger) -> List[int]:
    """Return the samples of a batch that weigh: of the bad one some may be kept, and no copy have it."""
    return [one for one in learnt([event]) if one not in damaged(ledger)]


def _may_lack(ledger: Ledger, policy: Policy) -> int:
    """Return how many samples may not come beside a bad one: of drawn ones, any may not have been drawn."""
    drawn = policy.sampling == "with-replacement"
    return ledger.scenario.n if drawn else spared(ledger, policy)


def _others_lost(ledger: Ledger, policy: Policy, phase: str) -> Optional[str]:
    lost = set(missing(learnt(ledger.phase(phase)), ledger.scenario.n)) - set(damaged(ledger))
    if len(lost) <= _may_lack(ledger, policy) + hidden_in(ledger.phase(phase), policy):
        return None
    when = "" if phase == "epoch" else f" in the {phase}"
    return f"{samples(lost)} went with the bad {samples(damaged(ledger))}{when}"
