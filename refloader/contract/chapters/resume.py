"""Chapter resume: a loader that was saved goes on where it stood."""

from __future__ import annotations

import itertools
from typing import List, Optional, Tuple

from refloader.contract.chapters.sharding import BATCHED, SHARDED, not_shared_out
from refloader.contract.drives import RESHARDED, RESUMED
from refloader.contract.exemptions import COUNTED
from refloader.contract.judging.questions import digests, errors, rows, same
from refloader.contract.ledger import Batch, Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

#: A position: its epoch, and how many batches of it were taken; None where the loop over them had ended.
Point = Tuple[int, Optional[int]]
ENDED: Point = (0, None)
#: How a position is saved and restored, beside once, in another loader: what was restored is saved again;
#: what was saved is restored where it was saved; and it is restored in two loaders, one after the other.
ANEW, BACK, TWICE = "again ", "in the same loader ", "for the second time "
RESUMABLE = unless("resumable", True, because="the loader saves no position, by declaration")


@requirement(
    "resume.exact",
    statement="Saved after batch k and restored, in the same loader or others, also in a fresh process, it "
    "delivers exactly the rest of the epoch and the same epochs after it; augmented as they would have been, "
    "where two loaders that were never interrupted augment alike.",
    reason="A long training is interrupted. One that starts its epoch again trains on some samples more "
    "often than on others; one that skips has never seen them.",
    fix="Save epoch, position and whatever the order is drawn from, as a copy; count what was delivered, "
    "not what was prefetched.",
    drives=(RESUMED,),
    needs=("two batches", "two epochs", "a saved position"),
    incidents=("datasets#7901", "KempnerForge#51", "streaming#880", "accelerate#4233"),
    exempt=(RESUMABLE, BATCHED),
)
def exact(ledger: Ledger, policy: Policy) -> Optional[str]:
    """What follows a saved position is the same in the loader saved and in the one restored."""
    if ledger.build_error:
        return f"the factory raised {ledger.build_error}"
    for point, again in itertools.product(ledger.facts["points"], ("", ANEW, BACK, TWICE)):
        where = f"{again}{place(point)}"
        due, got = ledger.phase(f"saved {where}"), ledger.phase(f"restored {where}")
        for event in errors([*due, *got]):
            return f"{event.phase}: {event.error}"
        found = _otherwise(due, got, policy)
        if found:
            return f"restored {where} {found}"
    return _augmented_otherwise(ledger) if policy.augment else None


def _augmented_otherwise(ledger: Ledger) -> Optional[str]:
    """Tell of other random numbers after a position, where these are a function of the seed."""
    places = [place(point) for point in ledger.facts["points"]]
    # Where nothing is restored but in a fresh process, no two were read that were not interrupted.
    both = [where for where in places if ledger.phase(f"saved {TWICE}{where}")]
    uninterrupted = (
        digests(ledger.phase(f"saved {TWICE}{where}")) == digests(ledger.phase(f"saved {where}"))
        for where in both
    )
    if not both or not all(uninterrupted):
        return None
    for where in places:
        due, got = (ledger.phase(f"{what} {where}") for what in ("saved", "restored"))
        for event, mine, other in zip(due, digests(due), digests(got)):
            if mine != other:
                return f"restored {where} it augments {_named(event)} by other random numbers"
    return None


def place(point: Point) -> str:
    """Name a position: the epoch that it is in, and how many batches of it were delivered."""
    epoch, taken = point
    if taken is None:
        return f"after the loop over epoch {epoch} had ended"
    return f"after {taken} {'batch' if taken == 1 else 'batches'} of epoch {epoch}"


def _otherwise(due: List[Event], got: List[Event], policy: Policy) -> Optional[str]:
    for first, second in zip(due, got):
        if first.batch is None or second.batch is None:
            continue
        if first.epoch != second.epoch or not same(first.batch, second.batch, policy):
            return f"it delivers {_named(second)}; the loader that was saved goes on with {_named(first)}"
    if len(due) != len(got):
        return f"it delivers {len(got)} batches, and the loader that was saved {len(due)}"
    return None


def _named(event: Event) -> str:
    assert isinstance(event.batch, Batch)  # noqa: S101 - for the type checker
    return f"{rows(event.batch.ids)} of epoch {event.epoch}"


@requirement(
    "resume.resharded",
    level="SHOULD",
    statement="Restored at an epoch's boundary with another world size it loses and repeats nothing.",
    reason="A machine drops out, or two more are free: the run goes on with another number of ranks.",
    fix="Keep the rank and the world size out of the state: the epoch is all that a boundary needs.",
    drives=(RESHARDED,),
    needs=("two epochs", "uneven shards"),
    exempt=(RESUMABLE, SHARDED, BATCHED, COUNTED),
)
def resharded(ledger: Ledger, policy: Policy) -> Optional[str]:
    """The epochs after the change of world size are a partition again."""
    for event in errors(ledger.events):
        return f"going on with {ledger.facts['world']} ranks raised {event.error}"
    found = (not_shared_out(ledger, policy, epoch) for epoch in range(1, ledger.scenario.epochs))
    before, after = ledger.facts["before"], ledger.facts["world"]
    return next(
        (f"{text}, after going from {before} ranks to {after}" for text in found if text), None
    )
