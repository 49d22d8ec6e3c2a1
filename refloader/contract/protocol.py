"""Chapter protocol: what any consumer of batches may rely on."""

from __future__ import annotations

from typing import Dict, Iterable, List, Optional, Tuple

from refloader.contract.drives import BAD_FILES, EPOCHS, ITERATION, TWO_PASSES
from refloader.contract.judging import errors, expected_length, missing, quote, real_rows, samples
from refloader.contract.ledger import Batch, Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless
from refloader.contract.targets import known_rows

INDEXED = unless("kind", "sequence", because="only an indexable loader has a length and bounds")
BATCHED = unless("kind", "sequence", "generator", because="arrays are batched by the framework")
# No change of contrast makes this of a picture; to scale by 255, once too often or not at all, does.
SCALES_APART = 16
STRUCTURES = ("(x, y)", "(x, y, sample_weight)")


@requirement(
    "protocol.length",
    statement="len(), or Keras 3's num_batches where the loader has only that, is a whole number equal "
    "to ceil(n / batch_size), or floor where the tail is dropped; it does not change during an epoch.",
    reason="Frameworks read the length once or many times and stop there: too small a length loses "
    "samples, too large a one asks for batches that do not exist.",
    fix="Return -(-n // batch_size) (or int(np.ceil(...))): a whole number of batches, not of samples.",
    drives=(EPOCHS,),
    needs=("n % batch_size == 0", "n % batch_size == 1", "n < batch_size", "two epochs"),
    incidents=("keras#8284", "keras#9703", "keras#12597"),
    exempt=(INDEXED,),
)
def length(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Every answer to len() is the whole number that n, batch size and tail imply."""
    wanted = expected_length(ledger.scenario, policy)
    balanced = policy.sampling == "with-replacement"
    for moment, shown, number in ledger.lengths:
        if number is None:
            return f"len() {moment} is {shown}; a whole number was due"
        if balanced and number < min(1, wanted):
            return f"len() {moment} is {shown}; at least 1 was due"
        if not balanced and number != wanted:
            return f"len() {moment} is {shown}; {wanted} was due (tail={policy.tail!r})"
    return _length_changes(ledger) or (_promised(ledger) if balanced else None)


def _promised(ledger: Ledger) -> Optional[str]:
    """Tell of a batch that the length counts and a read does not give.

    Where each sample is due, that is a loss. A sampler may refuse a data set in which it has to draw
    from a class without samples.
    """
    every_class = set(ledger.facts.get("labels", ())) == set(range(ledger.scenario.classes))
    for event in errors(ledger.phase("epoch")) if every_class else ():
        return f"len() {ledger.lengths[0][0]} is {ledger.lengths[0][1]}, but {quote(event)}"
    return None


def _length_changes(ledger: Ledger) -> Optional[str]:
    answers = {number for _, _, number in ledger.lengths}
    return (
        f"len() changes: {sorted(str(number) for number in answers)}" if len(answers) > 1 else None
    )


@requirement(
    "protocol.structure",
    statement="Every batch is a tuple (x, y) or (x, y, sample_weight), nested the same each time, and "
    "all its arrays have the same leading size, 1 to batch_size.",
    reason="Frameworks fix the structure from the first one or two batches; a list is taken for several "
    "inputs, and a change later ends the training or is misread.",
    fix="Return a tuple, the same for each index; never an empty batch.",
    drives=(EPOCHS, BAD_FILES),
    needs=("a batch", "n % batch_size == 1"),
    incidents=("segmentation_models#412", "tf#44854", "keras#20600"),
)
def structure(ledger: Ledger, policy: Policy) -> Optional[str]:
    """All batches share one accepted structure, and their leaves one leading size."""
    events = [event for event in ledger.phase("epoch") if event.batch is not None]
    # Where the only row of a batch is skipped, nothing is left to deliver.
    least = 0 if ledger.driver == BAD_FILES and policy.on_bad_sample == "skip" else 1
    for event in events:
        found = _misshapen(event, least, ledger.scenario.batch_size)
        if found:
            return found
    structures = sorted({event.batch.structure for event in events if event.batch is not None})
    return (
        f"the structure changes: {' and then '.join(structures)}" if len(structures) > 1 else None
    )


def _misshapen(event: Event, least: int, batch_size: int) -> Optional[str]:
    batch = event.batch
    if batch is None:
        return None
    if outline(batch) not in STRUCTURES:
        return f"{event.where} is {batch.structure}; a tuple {' or '.join(STRUCTURES)} was due"
    sizes = {leaf.shape[:1] for leaf in batch.leaves}
    if len(sizes) > 1:
        named = ", ".join(f"{leaf.name} {leaf.shape}" for leaf in batch.leaves)
        return f"the arrays of {event.where} differ in leading size: {named}"
    size = next(iter(sizes))
    if not size or not least <= size[0] <= batch_size:
        shown = size[0] if size else "no"
        return f"{event.where} has {shown} rows; 1 to {batch_size} were due"
    return None


def outline(batch: Batch) -> str:
    """Return the outermost structure of a batch, with what x and y are nested of left out."""
    return batch.structure.split(" of ", 1)[0]


@requirement(
    "protocol.dtypes",
    statement="The dtype and the trailing shape of each array are the same in every batch and epoch, and "
    "so is the scale of the inputs' values.",
    reason="A dtype that flips between batches is cast in silence or ends the training in the middle; "
    "values of 0 to 255 among those of 0 to 1 are noise.",
    fix="Fix dtype and shape when the batch is allocated, not by what happens to be in it, and scale each "
    "sample once, in one place, whatever reader or cache it came from.",
    drives=(EPOCHS,),
    needs=("a batch", "two epochs"),
    incidents=("keras#19758", "Keras-HDF5-ImageDataGenerator#1"),
)
def dtypes(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each leaf keeps its dtype and trailing shape over the whole drive."""
    known: Dict[str, Tuple[str, Tuple[int, ...]]] = {}
    for event in ledger.phase("epoch"):
        for leaf in event.batch.leaves if event.batch is not None else ():
            now = (leaf.dtype, leaf.shape[1:])
            before = known.setdefault(leaf.name, now)
            if before != now:
                return f"{leaf.name} is {_shown(*before)} at first, and {_shown(*now)} in {event.where}"
    return _scaled_apart(ledger)


def _scaled_apart(ledger: Ledger) -> Optional[str]:
    """Tell of two samples whose values are not of one scale, as those of 0..1 and of 0..255 are."""
    first: Optional[Tuple[int, float]] = None
    for event, row, sample in known_rows(ledger):
        span = event.batch.spans[row] if event.batch is not None and event.batch.spans else 0
        if first is None and span:
            first = (sample, span)
        elif first is not None and max(span, first[1]) > SCALES_APART * min(span, first[1]):
            return (
                f"the values of sample {first[0]} span {first[1]:g} at first, "
                f"and those of sample {sample} {span:g} in {event.where}"
            )
    return None


def _shown(dtype: str, shape: Iterable[int]) -> str:
    return f"{dtype}({', '.join(['*', *map(str, shape)])})"


@requirement(
    "protocol.bounds",
    statement="An index past the end raises IndexError, so that plain iteration ends after len() "
    "batches; a negative index follows Python or raises IndexError.",
    reason="Without the IndexError `for batch in loader` never ends, or delivers empty batches.",
    fix="Start `__getitem__` with: if not 0 <= index < len(self): raise IndexError(index).",
    drives=(ITERATION,),
    needs=("a batch", "two batches"),
    incidents=("keras#19994", "keras#21151", "keras#20142"),
    exempt=(INDEXED,),
)
def bounds(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Reads past either end raise IndexError, and iteration stops by itself."""
    for event in ledger.phase("beyond"):
        if event.error_type != "IndexError":
            return f"index {event.index}, past the end, {_answer(event)}; IndexError was due"
    for event in ledger.phase("negative"):
        if event.error_type != "IndexError" and not _counts_from_the_end(event, ledger):
            return f"index {event.index} {_answer(event)}; IndexError, or the batch that Python means, was due"
    if ledger.facts.get("endless"):
        return f"plain iteration goes on after {ledger.facts['endless']} batches"
    return None


def _answer(event: Event) -> str:
    if event.batch is None:
        return f"raises {event.error}"
    return f"gives a batch of {len(event.batch.ids)} rows"


def _counts_from_the_end(event: Event, ledger: Ledger) -> bool:
    batches = {other.index: other.batch for other in ledger.phase("epoch")}
    if event.index is None or event.batch is None:
        return False
    meant = batches.get(len(batches) + event.index)
    return meant is not None and meant.ids == event.batch.ids


@requirement(
    "protocol.restart",
    statement="Iterating again starts at the first batch and loses nothing, after a full pass and after "
    "an early break.",
    reason="A loader that goes on where the last consumer stopped feeds the next one half an epoch.",
    fix="Let `__iter__` start a new pass each time, without a cursor that is kept on the loader.",
    drives=(ITERATION,),
    needs=("two batches",),
    incidents=("keras#19749", "NVTabular#696"),
    exempt=(INDEXED,),
)
def restart(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each iteration is a whole pass; without shuffling, the same one."""
    first = ledger.phase("first iteration")
    for phase in ("second iteration", "iteration after a break"):
        events = ledger.phase(phase)
        lost = missing(real_rows(events, ledger, policy), ledger.scenario.n)
        known = missing(real_rows(first, ledger, policy), ledger.scenario.n)
        # Loss in every pass alike is no-loss' to report; here counts what a restart adds to it.
        if policy.sampling == "exactly-once" and len(lost) > len(known):
            return f"the {phase} does not deliver {samples(lost)}"
        if len(events) != len(first):
            return f"the {phase} has {len(events)} batches; the first had {len(first)}"
        if not policy.shuffle and policy.sampling == "exactly-once" and _ids(events) != _ids(first):
            return f"the {phase} starts with samples {_ids(events)[:1]}, not {_ids(first)[:1]}"
    return None


@requirement(
    "protocol.iterations",
    level="SHOULD",
    statement="Two iterations at a time each deliver the whole epoch.",
    reason="`zip(loader, loader)`, a nested loop, or a look at one batch in the middle of an epoch takes "
    "batches from the pass that is under way, which then ends early, and nothing says so.",
    fix="Let `__iter__` return an iterator of its own each time (`for index in range(len(self)): yield "
    "self[index]`), not self, and keep the cursor there; draw no order in `__iter__` that `__getitem__` uses.",
    drives=(TWO_PASSES,),
    needs=("two batches",),
    exempt=(INDEXED,),
)
def iterations(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each of two iterations that are under way together has what one has alone."""
    alone = ledger.phase("alone")
    known = missing(real_rows(alone, ledger, policy), ledger.scenario.n)
    for phase in ("first of two", "second of two"):
        events = ledger.phase(phase)
        if errors(events[:1]):
            # It refuses to be iterated over twice, and says so.
            continue
        lost = missing(real_rows(events, ledger, policy), ledger.scenario.n)
        if len(events) < len(alone):
            return f"the {phase} iterations at a time has {len(events)} batches; alone it has {len(alone)}"
        if policy.sampling == "exactly-once" and len(lost) > len(known):
            return f"the {phase} iterations at a time does not deliver {samples(lost)}"
    return None


def _ids(events: Iterable[Event]) -> List[object]:
    return [event.batch.ids for event in events if event.batch is not None]
