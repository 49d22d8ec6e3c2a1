"""Chapter pickling: the loader reaches worker processes whole, and nothing else of it is needed."""

from __future__ import annotations

from typing import List, Optional, Tuple

from refloader.contract.chapters.randomness import DRAWS_ALONE, DRAWS_OF_COPY
from refloader.contract.drives import BAD_FILES, DRAWS, PICKLING
from refloader.contract.exemptions import FILES
from refloader.contract.judging.damage import unlike_when_sent
from refloader.contract.judging.questions import difference, digests, may_be_same, quote, same
from refloader.contract.judging.targets import values
from refloader.contract.ledger import Batch, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

INDEXED = unless("kind", "sequence", "generator", because="arrays are not sent to workers")
SEQUENCE = unless("kind", "sequence", because="a generator that refuses to be pickled keeps this")
# What a pickle of a file-backed loader may weigh: its class and settings (a RandomState among them
# has 5.4 KB by itself), and a path a sample.
BYTES_FIXED = 12288
BYTES_A_SAMPLE = 200
# Of a y that is the sample's own, as boxes are: a number with what Python keeps beside it.
BYTES_A_VALUE = 32
#: The phase in which the copy is read once more, after its process went to another folder.
MOVED = "loader in another working directory"
#: The phase in which a loader of the same seed is read in that later epoch, of which there are no copies.
UNPICKLED = "later epoch of one that was never pickled"
LIVE = (
    *("lock", "TextIOWrapper", "Buffered", "FileIO", "generator", "socket", "mmap", "Session"),
    *("h5py", "pool objects", "Connection", "Cursor", "Environment", "VideoCapture"),
)


@requirement(
    "pickling.round-trip",
    statement="The loader pickles with every protocol from 2 on, the copy gives equal batches, and augments as "
    "the original does, which gives the same as before; a generator may refuse with a clear error.",
    reason="Under spawn and forkserver each worker gets a pickled copy: where that fails, training does "
    "not start, and on some releases it hangs.",
    fix="Keep lambdas, local functions, locks, open files and generators out of the attributes, or "
    "leave them out in `__getstate__` and make them anew on first use.",
    drives=(PICKLING, DRAWS),
    needs=("a batch",),
    incidents=("keras#10842", "tensorpack#1195", "keras#12885", "keras#5071"),
    exempt=(INDEXED,),
)
def round_trip(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each protocol pickles, each copy reads what the original reads, and that one still reads."""
    refused = ledger.facts.get("refused", {})
    if policy.kind == "generator" and refused:
        return None
    for protocol, error in sorted(refused.items()):
        return f"protocol {protocol} cannot pickle it: {error}{_culprits(ledger)}"
    return (
        _broken_by_it(ledger)
        or _changed_by_it(ledger, policy)
        or _unlike(ledger, policy, "copy")
        or _augments_no_more(ledger)
    )


def _augments_no_more(ledger: Ledger) -> Optional[str]:
    """Tell of a copy that gives one batch all the time, of samples that are alike; the original varies."""
    found = digests(ledger.phase(DRAWS_OF_COPY))
    if len(found) > 1 and len(set(found)) == 1 < len(set(digests(ledger.phase(DRAWS_ALONE)))):
        return f"the copy augments nothing: its {len(found)} batches of samples that are alike have equal bytes"
    return None


def _broken_by_it(ledger: Ledger) -> Optional[str]:
    """Tell of an original that fails, once pickled, where its copies read."""
    read = {event.index for event in ledger.phase("copy") if event.batch is not None}
    failed = [event for event in ledger.phase("original") if event.error and event.index in read]
    return f"once it was pickled, the original fails: {quote(failed[0])}" if failed else None


def _changed_by_it(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of an original that gives the same each time, and something else once it has copies."""
    twice = _pairs(ledger, "original", "original twice")
    if not twice or not all(same(first, again, policy) for first, again in twice):
        return None
    for first, later in _pairs(ledger, "original", "original again"):
        if not same(first, later, policy):
            return (
                f"once there are copies, the original has other batches: {difference(first, later)}"
            )
    return None


@requirement(
    "pickling.fresh-process",
    statement="It unpickles and reads in a fresh interpreter that has imported nothing of it, in whatever "
    "folder that works.",
    reason="A spawned worker starts empty: what an `import` or a registry did in the parent is not there.",
    fix="Define the loader in an importable module, or in a script that runs only under "
    '`if __name__ == "__main__"`, and let its state hold all that it needs.',
    drives=(PICKLING,),
    needs=("a batch",),
    incidents=("keras#5071", "Mask_RCNN#13"),
    exempt=(SEQUENCE,),
)
def fresh_process(ledger: Ledger, policy: Policy) -> Optional[str]:
    """A copy in a new process reads what the original reads."""
    error = ledger.facts.get("fresh_error") or _no_pickle(ledger)
    if error:
        return f"in a fresh process: {error}"
    return _unlike(ledger, policy, "fresh process") or _unlike(ledger, policy, MOVED)


@requirement(
    "pickling.no-live-handles",
    statement="No open file, lock, session or generator is needed from the original.",
    reason="Handles do not travel: a copied descriptor shares its position, a lock its holder.",
    fix="Open files on first use in each process; leave handles out in `__getstate__`.",
    drives=(PICKLING,),
    needs=("a batch",),
    incidents=("stable-worldmodel#194", "SOFA#18", "mace#117", "DeepDeblur#5"),
    exempt=(SEQUENCE,),
)
def no_live_handles(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No attribute that refuses pickling is a live handle, and a copy outlives the original."""
    for name, error in sorted(ledger.facts.get("unpicklable", {}).items()):
        if any(word in error for word in LIVE):
            return f"attribute {name} is a live handle: {error}"
    return _unlike(ledger, policy, "orphan")


@requirement(
    "pickling.size",
    level="SHOULD",
    statement=f"The pickle does not carry the samples' payload: at most {BYTES_A_SAMPLE} bytes a sample "
    f"(and {BYTES_FIXED} in all) for loaders of files; {BYTES_A_VALUE} more for each value of a y that is the "
    "sample's own.",
    reason="The pickle goes to every worker, on some releases in every epoch.",
    fix="Keep paths, not pictures; open and decode in `__getitem__`.",
    drives=(PICKLING,),
    needs=("a batch", "two batches"),
    incidents=("keras#11727", "tf#37026"),
    exempt=(SEQUENCE, FILES),
)
def size(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each pickle, before and after reading, is within its fixed and per-sample allowance."""
    largest = max(ledger.facts.get("sizes", []), default=0)
    each = BYTES_A_SAMPLE + (BYTES_A_VALUE * _values_of_y(ledger) if policy.targets == "own" else 0)
    allowed = BYTES_FIXED + each * ledger.scenario.n
    if largest > allowed:
        return f"the pickle has {largest} bytes; {allowed} were due for {ledger.scenario.n} files"
    return _no_pickle(ledger)


def _values_of_y(ledger: Ledger) -> int:
    """Return how many values y has for one sample, such as the boxes of a picture: these are no payload."""
    counts = (
        sum(values(leaf.shape) for leaf in batch.leaves if leaf.name.startswith("y"))
        for batch in ledger.batches()
    )
    return max(counts, default=0)


@requirement(
    "pickling.mid-epoch",
    level="SHOULD",
    statement="A loader can be pickled in the middle of an epoch too, also beside a bad file, and goes "
    "on in that epoch; where its seed promises an order, into the same next one, and the original as if it had "
    "not been pickled.",
    reason="Workers are started and restarted in mid-epoch; a copy that falls back to the first epoch "
    "serves another order than its siblings: samples are lost and repeated.",
    fix="Let the state hold the epoch and the order (or what they are computed from), and leave things "
    "out of a copy of `__dict__`.",
    drives=(PICKLING, BAD_FILES),
    needs=("two batches",),
    incidents=("keras#9436",),
    exempt=(SEQUENCE,),
)
def mid_epoch(ledger: Ledger, policy: Policy) -> Optional[str]:
    """A copy made in the third epoch reads the rest of it, and seeded the fourth, as the original does."""
    if ledger.driver == BAD_FILES:
        return unlike_when_sent(ledger, policy)
    if "refused_later" in ledger.facts:
        return f"once it was read and iterated over it cannot be pickled: {ledger.facts['refused_later']}"
    error = _no_pickle(ledger)
    found = error or _unlike(ledger, policy, "mid-epoch copy", originals="later epoch")
    found = found or _unlike(ledger, policy, "next epoch of a copy", originals="next epoch")
    return found or _put_back(ledger, policy)


def _put_back(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of an original that is in another order for having been pickled, as if it were in another epoch."""
    for mine, unpickled in _pairs(ledger, "later epoch", UNPICKLED):
        if not may_be_same(mine, unpickled, policy):
            return (
                f"once it was pickled, the original has other batches: samples {list(mine.ids)} come in epoch "
                f"2, where {list(unpickled.ids)} come from a loader of the same seed that never was"
            )
    return None


def _unlike(
    ledger: Ledger, policy: Policy, phase: str, originals: str = "original"
) -> Optional[str]:
    firsts = ledger.by_index(originals)
    repeats = _repeats(ledger, policy)
    for event in ledger.phase(phase):
        first = firsts.get(event.index)
        if first is None or first.batch is None:
            continue
        if event.batch is None:
            return f"the {phase} fails: {quote(event)}"
        if repeats and not same(first.batch, event.batch, policy):
            return f"batch {event.index} of the {phase}: {difference(first.batch, event.batch)}"
    return None


def _repeats(ledger: Ledger, policy: Policy) -> bool:
    """Say whether the original, read twice, gave the same; if not, that is for purity to report."""
    pairs = _pairs(ledger, "original", "original again")
    return all(same(first, again, policy) for first, again in pairs)


def _pairs(ledger: Ledger, *phases: str) -> List[Tuple[Batch, Batch]]:
    """Return the batches that were delivered in both of two phases, in the order of the reads."""
    found = zip(*map(ledger.phase, phases))
    return [(first.batch, again.batch) for first, again in found if first.batch and again.batch]


def _no_pickle(ledger: Ledger) -> Optional[str]:
    if ledger.facts.get("sizes") or not ledger.facts.get("refused"):
        return None
    return "it could not be pickled at all (see pickling.round-trip)"


def _culprits(ledger: Ledger) -> str:
    names: List[str] = sorted(ledger.facts.get("unpicklable", {}))
    return f" (attribute {', '.join(names)})" if names else ""
