"""Chapter resume: a loader that was saved goes on where it stood."""

from __future__ import annotations

import itertools
from typing import List, Optional, Tuple

from refloader.contract.chapters.sharding import BATCHED, SHARDED, not_shared_out
from refloader.contract.drives import RESHARDED, RESUMED
from refloader.contract.exemptions import COUNTED
from refloader.contract.judging.questions import batches, digests, errors, rows, same
from refloader.contract.ledger import Batch, Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

#: A position: its epoch, and how many batches of it were taken; None where the loop over them had ended.
Point = Tuple[int, Optional[int]]
ENDED: Point = (0, None)
#: How a position is saved and restored, beside once, in another loader: what was restored is saved again;
#: what was saved is restored where it was saved; and it is restored in two loaders, one after the other.
ANEW, BACK, TWICE = "again ", "in the same loader ", "for the second time "
#: The same of one of several ranks, by (rank, world size); and where files are bad, which end no training.
AS_RANK = {(1, 2): "as rank 1 of 2 ", (2, 3): "as rank 2 of 3 "}
BESIDE = "beside bad files "
HOWS = ("", ANEW, BACK, TWICE, *AS_RANK.values())
RESUMABLE = unless("resumable", True, because="the loader saves no position, by declaration")


@requirement(
    "resume.exact",
    statement="Saved after batch k and restored, in the same loader or others, also in a fresh process, it "
    "delivers exactly the rest of the epoch and the same epochs after it; on every rank, and "
    "beside bad samples that are skipped or masked; augmented as they would have been, "
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
    for point, again in itertools.product(ledger.facts["points"], HOWS):
        where = f"{again}{place(point)}"
        due, got = ledger.phase(f"saved {where}"), ledger.phase(f"restored {where}")
        for event in errors([*due, *got]):
            return f"{event.phase}: {event.error}"
        found = _otherwise(due, got, policy)
        if found:
            return f"restored {where}{found}"
    for point in ledger.facts["points"]:
        found = _otherwise_beside_bad_files(ledger, f"{BESIDE}{place(point)}")
        if found:
            return found
    return _augmented_otherwise(ledger) if policy.augment else None


def _otherwise_beside_bad_files(ledger: Ledger, where: str) -> Optional[str]:
    """Tell of other rows with weight after a position, or of an error that the saved loader does not raise."""
    due, got = ledger.phase(f"saved {where}"), ledger.phase(f"restored {where}")
    if not got:
        # Where nothing was read on, it was the read up to there that failed, at bad files alone.
        return next((f"{due[0].phase}: {one.error}" for one in errors(due) if batches(due)), None)
    for first, second in zip(due, got):
        if first.batch is None:
            return None  # A batch of nothing but bad samples; or there were too many of them.
        if second.batch is None:
            return f"{second.phase}: {second.error}"
        if first.epoch != second.epoch or not _same_kept(first, second):
            return f"restored {where}{_instead(first, second)}"
    return f"restored {where}{_counts(due, got)}" if len(due) != len(got) else None


def _same_kept(first: Event, second: Event) -> bool:
    """Say whether the same samples weigh in both; what stands in a bad one's place may be anything."""
    mine, others = _kept(first), _kept(second)
    agree = all(one == other or None in (one, other) for one, other in zip(mine, others))
    return agree and len(mine) == len(others)


def _kept(event: Event) -> List[Optional[int]]:
    return [sample for row, sample in enumerate(event.ids) if event.weight(row)]


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
            return _instead(first, second)
    return _counts(due, got) if len(due) != len(got) else None


def _instead(first: Event, second: Event) -> str:
    return f" it delivers {_named(second)}; the loader that was saved goes on with {_named(first)}"


def _counts(due: List[Event], got: List[Event]) -> str:
    return f" it delivers {len(got)} batches, and the loader that was saved {len(due)}"


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
