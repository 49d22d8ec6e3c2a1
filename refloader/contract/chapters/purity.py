"""Chapter purity: a read has no effect but its result."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import Any, Callable, Dict, List, Optional, Sequence, Set

from refloader.contract.chapters.pairing import encoded_by_batch, encoding, label
from refloader.contract.drives import (
    BAD_FILES,
    BLANK_SAMPLE,
    EPOCHS,
    ITERATION,
    PICKLING,
    REREADS,
    SHARDS,
    SHUFFLES,
)
from refloader.contract.judging.company import inputs_apart, padded_otherwise
from refloader.contract.judging.hidden import hidden
from refloader.contract.judging.questions import SHOWN, batches, difference, plain, quote, same
from refloader.contract.judging.values import (
    centred_by_batch,
    drift,
    scaled_by_company,
    scaled_by_share,
    wandering,
)
from refloader.contract.judging.weights import weighed_by_company
from refloader.contract.ledger import Batch, Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

INDEXED = unless("kind", "sequence", because="only an indexable loader is read twice by index")
BATCHED = unless("kind", "sequence", "generator", because="arrays deliver themselves, whole")

#: What is said of files that are no longer as they were.
DOINGS = {
    "removed": "files of the samples were deleted",
    "overwritten": "files of the samples were overwritten",
    "permitted": "files of the samples were given other permissions",
    "added": "files were written beside those of the samples",
}
#: The reads of a batch by index before anything is written into one.
_UNWRITTEN = ("forward", "at once again", "backward", "mixed")
FIRST_READ = "where it is the first to be read of a new loader"


@requirement(
    "purity.repeatable",
    statement="The same index read twice in one epoch gives the same samples, and equal bytes unless "
    "augmentation is declared.",
    reason="Frameworks peek: they read the first batches for their shapes and throw them away. A loader "
    "that counts its reads loses those samples.",
    fix="Compute the batch from the index and the epoch alone, not from a counter or a live generator.",
    drives=(REREADS,),
    needs=("two batches", "a batch that is read again"),
    incidents=("keras#17946", "NVTabular#696", "Merlin/models#724"),
    exempt=(INDEXED,),
)
def repeatable(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Two reads of one index with nothing in between are the same."""
    firsts = ledger.by_index("forward")
    for event in ledger.phase("at once again"):
        found = _differs(firsts.get(event.index), event, policy)
        if found:
            return f"batch {event.index} read twice in a row gives {found}"
    return None


@requirement(
    "purity.order-free",
    statement="What index i gives does not depend on which indexes were read before.",
    reason="Frameworks shuffle the order of batches and share them out among workers; only a loader whose "
    "batches know nothing of each other then delivers each sample once.",
    fix="Take the slice from the index that is asked for; keep no cursor on the loader.",
    drives=(REREADS,),
    needs=("two batches",),
    incidents=("keras#17946", "Mask_RCNN#740"),
    exempt=(INDEXED,),
)
def order_free(ledger: Ledger, policy: Policy) -> Optional[str]:
    """The batches of one epoch read backwards and in a mixed order are those read forwards."""
    firsts = ledger.by_index("forward")
    for event in ledger.phase("backward", "mixed"):
        found = _differs(firsts.get(event.index), event, policy)
        if found:
            return f"batch {event.index} gives {found} when the epoch is read {event.phase}"
    for event in ledger.phase("last first"):
        whole = firsts.get(event.index)
        if event.batch is None and whole is not None and whole.batch is not None:
            return f"{quote(event)}, {FIRST_READ}"
        # Another loader may have another order; of the same samples it makes the same batch.
        found = _differs(whole, event, policy) if _of_the_same(whole, event) else None
        if found:
            return f"batch {event.index} gives {found}, {FIRST_READ}"
    return None


@requirement(
    "purity.same-values",
    statement="Unless augmentation is declared, a batch of the same samples has the same values in each "
    "epoch, and a sample the same brightness, contrast and weight in any batch and any rank's share; of padded "
    "sequences, the same steps, masks and lengths. Where augmentation is declared, what was drawn for one read "
    "is not in the next: over 32 reads brightness and contrast do not wander (von Neumann's ratio).",
    reason="A mean that runs on from batch to batch, or a scaling that is applied again to what was scaled "
    "already, changes the data while the model learns from it. So does one by the mean of the batch that a "
    "sample happens to be in.",
    fix="Fit means and scales once, before the first epoch, and apply them to a copy; where values are drawn "
    "anew on purpose, declare augment=True.",
    drives=(EPOCHS, SHUFFLES, REREADS, BLANK_SAMPLE, SHARDS),
    needs=("a batch", "two epochs"),
)
def same_values(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Batches of the same samples have equal bytes, whichever epoch they are of; rows of one, equal levels."""
    if policy.augment:
        return wandering(ledger)
    if ledger.driver == REREADS:
        return None  # What is read again within an epoch is purity.repeatable's.
    if ledger.driver == BLANK_SAMPLE:
        padded = padded_otherwise(ledger) if policy.shapes == "by-batch" else None
        return padded or scaled_by_company(ledger) or weighed_by_company(ledger)
    if "world" in ledger.facts:
        return scaled_by_share(ledger)
    found = drift(ledger, told=False) or scaled_by_company(ledger) or centred_by_batch(ledger)
    if not found and policy.shapes == "fixed" and policy.sampling == "exactly-once":
        found = inputs_apart(ledger)
    # What a wrong label or weight tells already is not told again; a code that drifts is.
    mislabelled = found and (label(ledger, policy) or encoding(ledger, policy))
    return drift(ledger, told=True) if mislabelled else found


@requirement(
    "purity.no-alias",
    statement="A delivered batch is not changed by later reads.",
    reason="Queues hold several batches; a loader that fills one buffer again and again trains on copies "
    "of the latest.",
    fix="Allocate a new array for each batch, or return a copy of the buffer.",
    drives=(EPOCHS, ITERATION, REREADS),
    needs=("two batches",),
    incidents=("tf#34099", "keras#8647", "keras#6499"),
    exempt=(BATCHED,),
)
def no_alias(ledger: Ledger, policy: Policy) -> Optional[str]:
    """A batch that was kept has the same bytes at the end of the drive."""
    for event in ledger.events:
        batch = event.batch
        if batch is not None and batch.digest_later not in (None, batch.digest):
            return f"{event.where} changed after it was delivered"
    return None


@requirement(
    "purity.caller-owned",
    statement="Writing into a delivered batch changes no later batch and no data set.",
    reason="Augmentation and normalisation in place are usual; in a view of the data set they are applied "
    "again in each epoch.",
    fix="Return copies: index with an array of ids, or call .copy() on a slice or on what is kept.",
    drives=(REREADS,),
    needs=("a batch",),
    incidents=("keras#6379", "keras#3171"),
    exempt=(BATCHED,),
)
def caller_owned(ledger: Ledger, policy: Policy) -> Optional[str]:
    """After zeros were written into each batch, reads and inputs are as they were."""
    changed = ledger.facts.get("changed_by_writing", [])
    if changed:
        return f"writing into a delivered batch changed the samples' {' and '.join(changed)}"
    if policy.kind == "generator":
        return _written_rows(ledger, policy, "before writing", "after writing")
    found = _written_reads(ledger, policy)
    # Where values are drawn anew, one iteration does not tell what is due in the next.
    if found or policy.augment:
        return found
    return _written_rows(ledger, policy, "iterated", "iterated again")


def _written_rows(ledger: Ledger, policy: Policy, first: str, then: str) -> Optional[str]:
    """The rows of the next epoch are samples still, each with the label that it had."""
    before = _labels(ledger.phase(first, *_UNWRITTEN))
    unwritten = replace(ledger, events=tuple(ledger.phase(first)))
    moving = any(len(seen) > 1 for seen in before.values()) or encoded_by_batch(unwritten)
    if not before or None in before or moving:
        # It differs from epoch to epoch as it is: the other requirements tell that.
        return _written_constants(ledger, first, then)
    for event in ledger.phase(then):
        for sample, seen in _labels([event]).items():
            hides = sample is None and hidden(event.batch, policy)
            if hides or (seen == before.get(sample, seen) and sample is not None):
                continue
            found = (
                "a row that is no sample" if sample is None else f"sample {sample} another label"
            )
            return f"after writing into the delivered batches, {event.where} gives {found}"
    return _written_constants(ledger, first, then)


def _written_constants(ledger: Ledger, first: str, then: str) -> Optional[str]:
    """A further input or a leaf of y that has one value in all rows of all batches keeps it.

    Samples that came only afterwards say nothing: theirs may have been another one all along.
    """
    known = {sample for batch in ledger.batches(first) for sample in batch.ids} | {None}
    for name, leaves in (
        ("a further input", lambda batch: batch.companions),
        ("y", lambda batch: batch.targets),
        ("a weight", _weights),
    ):
        before, after = (
            [set(values) for values in zip(*_rows(ledger.batches(phase), leaves, known))]
            for phase in (first, then)
        )
        for had, has in zip(before, after):
            if len(had) == 1 and has - had:
                value, other = plain(*had), plain(next(iter(has - had)))
                return (
                    f"after writing into the delivered batches, {name} holds {other}, "
                    f"where each row of all batches had {value}"
                )
    return None


def _rows(
    batches: List[Batch], leaves: Callable[[Batch], Sequence[Any]], known: Set[Optional[int]]
) -> List[Any]:
    rows = ((sample, row) for batch in batches for sample, row in zip(batch.ids, leaves(batch)))
    return [row for sample, row in rows if sample in known]


def _weights(batch: Batch) -> List[Any]:
    return [] if batch.weights is None else list(zip(batch.weights, *batch.more_weights))


def _labels(events: List[Event]) -> Dict[Optional[int], Set[Any]]:
    """Return with which targets each sample came."""
    found: Dict[Optional[int], Set[Any]] = {}
    for batch in batches(events):
        for sample, target in zip_longest(batch.ids, batch.targets):
            found.setdefault(sample, set()).add(target)
    return found


def _written_reads(ledger: Ledger, policy: Policy) -> Optional[str]:
    """The batch of each index is what it was."""
    firsts = ledger.by_index("forward")
    unwritten = ledger.phase(*_UNWRITTEN[1:])
    if any(_differs(firsts.get(event.index), event, policy) for event in unwritten):
        # It differs from read to read as it is: the other requirements tell that.
        return None
    for event in ledger.phase("after writing"):
        found = _differs(firsts.get(event.index), event, policy)
        if found:
            return f"after writing into the delivered batches, batch {event.index} gives {found}"
    return None


@requirement(
    "purity.inputs-untouched",
    statement="Arrays, frames, lists and files handed to the loader are not modified, and nothing is "
    "written beside the files.",
    reason="The caller's data changes under it: labels shuffled apart from other copies, columns added, "
    "values scaled twice, arrays that can no longer be written to. A data set that was deleted or "
    "overwritten is gone; what is written beside it is taken for samples by the next scan of the folder.",
    fix="Copy before shuffling, sorting, scaling or adding columns; shuffle indexes, not data; set no flags of "
    "arrays that are not yours. Report or "
    "skip a bad file, never delete it; keep caches in a folder that is told for them (a factory of the "
    "suite has samples.folder).",
    drives=(EPOCHS, ITERATION, REREADS, PICKLING, BAD_FILES),
    needs=("a batch", "two epochs"),
    incidents=("keras#6379", "keras#3171"),
)
def inputs_untouched(ledger: Ledger, policy: Policy) -> Optional[str]:
    """What was handed to the factory has the same contents after the drive, and its files the same company."""
    changed = ledger.facts.get("changed_inputs", [])
    if changed:
        return f"it modified the samples' {' and '.join(changed)}"
    for doing, names in ledger.facts.get("changed_files", {}).items():
        more = f", ... ({len(names)} of them)" if len(names) > SHOWN else ""
        listed = ", ".join(names[:SHOWN]) + more
        return f"{DOINGS[doing]}: {listed}"
    return None


def _of_the_same(first: Optional[Event], second: Event) -> bool:
    """Say whether both are known to have delivered the same samples in the same rows."""
    if first is None or first.batch is None or second.batch is None:
        return False
    return first.batch.ids == second.batch.ids and set(first.batch.ids) != {None}


def _differs(first: Optional[Event], second: Event, policy: Policy) -> Optional[str]:
    if first is None or first.batch is None:
        return None
    if second.batch is None:
        return f"a batch at first, and then {quote(second)}"
    if same(first.batch, second.batch, policy):
        return None
    return difference(first.batch, second.batch)
