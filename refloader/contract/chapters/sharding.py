"""Chapter sharding: the ranks of a distributed training share out the samples, and stay in step."""

from __future__ import annotations

from typing import Dict, List, Optional

from refloader.contract.drives import BAD_SHARDS, SHARDS
from refloader.contract.judging.questions import errors, learnt, missing, quote, repeated, samples
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

SHARDED = unless("shards", True, because="the loader takes no shard, by declaration")
BATCHED = unless("kind", "sequence", "generator", because="the framework shards arrays")
#: After so many epochs no sample of nine is in every dropped tail of at most three by chance (1 in 10^11).
MANY_TAILS = 24
#: So many rows, of so many samples, are not the same on all ranks by chance.
ENOUGH, VARIED = 8, 3


@requirement(
    "sharding.partition",
    statement="In every epoch the shards are disjoint and together cover every sample once, all but tails that "
    "are dropped by declaration, and with shuffling none in every epoch; a row that only fills up a batch has "
    "weight 0. Ranks that draw samples with replacement do not draw the same ones.",
    reason="A sample that two ranks deliver counts twice in the gradient, and one that none delivers is "
    "not in the training set. No rank can see it.",
    fix="Draw the epoch's order from (seed, epoch) alone, the same on every rank, and slice it by the "
    "rank afterwards; give rows that fill up the sample weight 0. Sort what comes from a set or from "
    "listing a folder, and seed nothing by hash() of a text, process id or clock: each rank is a process.",
    drives=(SHARDS,),
    needs=("two epochs", "uneven shards"),
    incidents=("LongLive#71", "pytorch#22584"),
    exempt=(SHARDED, BATCHED),
)
def partition(ledger: Ledger, policy: Policy) -> Optional[str]:
    """All ranks together deliver each sample once in each epoch, and drop none in all of them."""
    if ledger.build_error:
        return f"the factory raised {ledger.build_error}"
    for event in errors(ledger.events):
        return quote(event)
    drawn = policy.sampling == "with-replacement"
    return _drawn_alike(ledger) if drawn else _parted(ledger, policy)


def _parted(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell how the ranks' epochs, read by index or iterated over, are no partition."""
    for epoch in range(ledger.scenario.epochs):
        found = not_shared_out(ledger, policy, epoch)
        if found:
            return f"{found}{_apart(ledger)}"
    never = _dropped_always(ledger, policy)
    if never:
        return never
    for how, told in (("iterated", "is"), ("pickled", "has a pickled copy that is")):
        if all(ledger.phase(f"rank {rank}, {how}") for rank in range(ledger.facts["world"])):
            found = not_shared_out(ledger, policy, 0, how=f", {how}")
            if found:
                return f"{found}, where each rank {told} iterated over{_apart(ledger)}"
    return None


def _drawn_alike(ledger: Ledger) -> Optional[str]:
    """Tell of ranks that draw the very same samples in every epoch, as if they were one."""
    drawn = [learnt(ledger.phase(f"rank {rank}")) for rank in range(ledger.facts["world"])]
    first = drawn[0]
    if len(first) < ENOUGH or len(set(first)) < VARIED or any(one != first for one in drawn):
        return None
    return f"all {len(drawn)} ranks draw the same samples, {samples(first[:3])} to begin with{_apart(ledger)}"


def _dropped_always(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of samples that are in no rank's share, which a tail that is dropped hides in one epoch."""
    epochs, world = ledger.scenario.epochs, ledger.facts["world"]
    whole = ledger.scenario.n >= ledger.scenario.batch_size * world
    if not (policy.shuffle and policy.tail == "drop" and whole and epochs >= MANY_TAILS):
        return None
    read = {
        sample
        for epoch in range(epochs)
        for events in ranks(ledger, epoch).values()
        for sample in learnt(events)
    }
    never = missing(read, ledger.scenario.n)
    if not never:
        return None
    return (
        f"no rank delivers {samples(never)} in any of {epochs} epochs: shuffling never reaches them"
    )


def _apart(ledger: Ledger) -> str:
    rank = ledger.facts.get("fresh rank")
    if rank is None:
        return ""
    return f"; rank {rank} was built in a process of its own, with another hash seed and process id"


def not_shared_out(ledger: Ledger, policy: Policy, epoch: int, *, how: str = "") -> Optional[str]:
    """Return how the ranks of one epoch differ from a partition, or None.

    how -- after the rank in the phase's name: another way in which the epoch was read
    """
    by_rank = {rank: learnt(events) for rank, events in ranks(ledger, epoch, how).items()}
    twice = repeated(sample for rows in by_rank.values() for sample in rows)
    if twice:
        sample = twice[0][0]
        who = [rank for rank, rows in by_rank.items() for one in rows if one == sample]
        return f"sample {sample} is delivered by {' and by '.join(who)} in epoch {epoch}"
    lost = missing((sample for rows in by_rank.values() for sample in rows), ledger.scenario.n)
    # How ranks that drop their tails share that out is theirs; less than one batch of each, though.
    spared = ledger.scenario.batch_size * len(by_rank) - 1 if policy.tail == "drop" else 0
    if len(lost) > spared:
        return f"no rank delivers {samples(lost)} in epoch {epoch}"
    return None


@requirement(
    "sharding.equal-steps",
    statement="Every rank has the same number of batches, and none of them is without rows.",
    reason="Ranks wait for each other at every step: one that has a batch more waits for ever. The mean of "
    "a loss over no rows is not a number, and makes the gradients of all ranks that.",
    fix="Cut the epoch into global batches of batch size times world size, and give each rank its slice "
    "of every one; a rank that gets none of the last fills up with weight 0.",
    drives=(SHARDS, BAD_SHARDS),
    needs=("uneven shards",),
    incidents=("PyMarlin#80", "pytorch-lightning#9851"),
    exempt=(SHARDED, BATCHED),
)
def equal_steps(ledger: Ledger, policy: Policy) -> Optional[str]:
    """All ranks say, and deliver, the same number of batches, each with a row at least."""
    said = {moment: number for moment, _, number in ledger.lengths}
    for epoch in range(ledger.scenario.epochs):
        made = {rank: len(events) for rank, events in ranks(ledger, epoch).items()}
        for counts, what in ((said, "has"), (made, "delivers")):
            if len(set(counts.values())) > 1:
                return ", ".join(f"{rank} {what} {count} batches" for rank, count in counts.items())
        for rank, events in ranks(ledger, epoch).items():
            for event in events:
                if event.batch is not None and not event.batch.ids:
                    return f"{rank} is given no rows in {event.where}"
    return None


def ranks(ledger: Ledger, epoch: int, how: str = "") -> Dict[str, List[Event]]:
    """Return the events of an epoch by the rank that they came from."""
    names = [f"rank {rank}" for rank in range(ledger.facts["world"])]
    return {
        name: [event for event in ledger.phase(f"{name}{how}") if event.epoch == epoch]
        for name in names
    }
