"""Chapter coverage, of samples that are drawn with replacement."""

from __future__ import annotations

from typing import List, Optional

from refloader.contract.chapters.coverage import is_are
from refloader.contract.drives import EPOCHS, UNIFORM
from refloader.contract.judging.questions import (
    RANKS_THAT_DRAW,
    batches,
    delivered,
    errors,
    learnt,
    missing,
    of_all_ranks,
    real_rows,
    samples,
)
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

DRAWN = unless("sampling", "with-replacement", because="every epoch has every sample")
#: Of so many samples a pool in memory holds a part. Of as many draws a quarter reach another sample at least,
#: also where some weigh more.
MANY_SAMPLES, FEWEST_REACHED = 1_000, 4


@requirement(
    "coverage.reached",
    level="SHOULD",
    statement="Where samples are drawn with replacement, none is out of reach: over 96 epochs of 8 samples "
    "each is drawn at least once (a fair draw misses one of them in less than one of 10^20 runs), by some "
    "rank where there are several; as many draws as samples, of 1,030, reach a quarter of them; nor do all "
    "batches of an epoch draw the same.",
    reason="A sampler that chooses its samples once, to balance the classes, trains on those alone: the "
    "rest of the larger classes is data that was paid for and is not learnt from. One that draws by seed and "
    "epoch alone trains on one batch an epoch.",
    fix="Draw from all samples of a class anew in each epoch, not from a selection made when it is built; by "
    "the index too, where a generator is made for each batch.",
    drives=(UNIFORM, EPOCHS),
    needs=("two epochs", "two batches"),
    incidents=("imbalanced-learn#1204",),
    exempt=(DRAWN,),
)
def reached(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Every sample of 0..n-1 is among the rows of some pass."""
    passes = ledger.passes("epoch")
    if not policy.shuffle and _are_one(passes):
        return None  # What is drawn once and for all, and in order, is a list of samples.
    drawn = [row for events in passes for row in real_rows(events, ledger, policy)]
    if any(errors(events) for events in passes):
        return None
    if ledger.driver == EPOCHS:
        # Some cut all rows of a batch out of one sample, which is one draw.
        apart = [one for events in passes for event in events for one in {*delivered([event])}]
        return _drawn_from_few([one for one in apart if one is not None], ledger.scenario.n)
    never = missing(drawn, ledger.scenario.n)
    if never:
        return f"{samples(never)} {is_are(never)} never drawn in {len(passes)} epochs"
    return _beyond_all_ranks(ledger) or _of_one_batch(passes)


def _of_one_batch(passes: List[List[Event]]) -> Optional[str]:
    """Tell of epochs in which the index of a batch does not matter."""
    alike = [events for events in passes if _draws_one_batch(events)]
    # By chance two batches of four are alike in one epoch of four thousand.
    if 2 * len(alike) > len(passes):
        return f"in {len(alike)} of {len(passes)} epochs all batches draw the same samples"
    return None


def _beyond_all_ranks(ledger: Ledger) -> Optional[str]:
    """Tell of samples that no rank draws."""
    for world in RANKS_THAT_DRAW:
        events = ledger.phase(of_all_ranks(world))
        never = missing(learnt(events), ledger.scenario.n)
        if events and never and not errors(events):
            epochs = len({event.epoch for event in events})
            return f"none of {world} ranks ever draws {samples(never)} in {epochs} epochs"
    return None


def _drawn_from_few(drawn: List[int], n: int) -> Optional[str]:
    """Tell of draws from a pool of some of very many samples. Of as many fair draws two of three come."""
    reached_at_all = len(set(drawn))
    due = min(len(drawn), n)
    if n < MANY_SAMPLES or due < n // 2 or reached_at_all * FEWEST_REACHED > due:
        return None
    return f"{len(drawn)} draws from {n} samples reach {reached_at_all} of them"


def _are_one(passes: List[List[Event]]) -> bool:
    orders = {tuple(event.batch.ids for event in events if event.batch) for events in passes}
    return len(orders) == 1


def _draws_one_batch(events: List[Event]) -> bool:
    drawn = [batch.ids for batch in batches(events)]
    return len(drawn) > 1 and len(set(drawn)) == 1 and None not in drawn[0]
