"""Chapter protocol: what any consumer of batches may rely on in each of them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Tuple

from refloader.contract.drives import (
    BAD_FILES,
    BLANK_SAMPLE,
    EPOCHS,
    ITERATION,
    SHARDS,
    SHUFFLES,
    UNIFORM,
)
from refloader.contract.judging.questions import (
    ITERATED,
    batches,
    errors,
    every_class,
    expected_length,
    names_sample,
    quote,
)
from refloader.contract.judging.rows import known_rows
from refloader.contract.judging.scales import spans_apart
from refloader.contract.judging.weights import weighted
from refloader.contract.ledger import Batch, Event, Leaf, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

INDEXED = unless("kind", "sequence", because="only an indexable loader has a length and bounds")
BATCHED = unless("kind", "sequence", "generator", because="arrays are batched by the framework")
# No change of contrast makes this of a picture; to scale by 255, once too often or not at all, does.
SCALES_APART = 16
#: Twice what is left of 0 to 255 after it was divided by 255 once and once again.
FAINT = 2 / 255
STRUCTURES = ("(x, y)", "(x, y, sample_weight)")


@requirement(
    "protocol.length",
    statement="len(), or Keras 3's num_batches where the loader has only that, is a whole number equal "
    "to ceil(n / batch_size), or floor where the tail is dropped; it does not change during an epoch. "
    "Where samples are drawn with replacement it may be any.",
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
    for event in errors(ledger.phase("epoch")) if every_class(ledger) else ():
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
    drives=(EPOCHS, ITERATION, BAD_FILES, SHARDS),
    needs=("a batch", "n % batch_size == 1"),
    incidents=("segmentation_models#412", "tf#44854", "keras#20600"),
)
def structure(ledger: Ledger, policy: Policy) -> Optional[str]:
    """All batches share one accepted structure, and their leaves one leading size."""
    # Where the only row of a batch is skipped, nothing is left to deliver; a rank that is given no rows
    # is told by sharding.equal-steps.
    skips = ledger.driver == BAD_FILES and policy.on_bad_sample == "skip"
    least = 0 if skips or "world" in ledger.facts else 1
    events = asked_for(ledger)
    for event in events:
        found = _misshapen(event, least, ledger.scenario.batch_size)
        if found:
            return found
    structures = sorted({batch.structure for batch in batches(events)})
    return (
        f"the structure changes: {' and then '.join(structures)}" if len(structures) > 1 else None
    )


def asked_for(ledger: Ledger) -> List[Event]:
    """Return the batches within the length: by index, by iterating, and of each rank."""
    steps = len(ledger.phase("epoch"))
    # Iterating may go on past the length: protocol.bounds tells that.
    found = [event for phase in ITERATED for event in ledger.phase(phase)[:steps]]
    found += [one for one in ledger.events if one.phase == "epoch" or one.phase.startswith("rank ")]
    return [event for event in found if event.batch is not None]


def _misshapen(event: Event, least: int, batch_size: int) -> Optional[str]:
    batch = event.batch
    if batch is None:
        return None
    if outline(batch) not in STRUCTURES:
        return f"{event.where} is {batch.structure}; a tuple {' or '.join(STRUCTURES)} was due"
    if not batch.leaves:
        return (
            f"{event.where} is {batch.structure} without any array; 1 to {batch_size} rows were due"
        )
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
    "so is the scale of the inputs' values, which spans more than a hundredth in pictures; numbers are not "
    "delivered as objects, nor with their bytes in another order than the machine's. Where batches are padded "
    "to their longest, by declaration, the number of axes is the same.",
    reason="A dtype that flips between batches is cast in silence or ends the training in the middle, "
    "no framework takes objects, and torch no foreign order of bytes; values of 0 to 255 among those of 0 to "
    "1 are noise.",
    fix="Fix dtype and shape when the batch is allocated, not by what happens to be in it; turn big-endian "
    "numbers of a file by astype('float32'); scale each sample once, in one place, whatever reader or cache it "
    "came from. Where each batch is padded to its longest on purpose, declare shapes='by-batch'.",
    drives=(EPOCHS, ITERATION, SHUFFLES, UNIFORM, BAD_FILES, SHARDS),
    needs=("a batch", "two epochs"),
    incidents=("keras#19758", "Keras-HDF5-ImageDataGenerator#1"),
)
def dtypes(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each leaf keeps its dtype and trailing shape over the whole drive."""
    known: Dict[str, Tuple[str, Tuple[Any, ...]]] = {}
    for event in asked_for(ledger):
        for leaf in event.batch.leaves if event.batch is not None else ():
            now = (leaf.dtype, _trailing(leaf, policy))
            if leaf.dtype == "object" and not leaf.name.startswith("sample_weight"):
                return (
                    f"{leaf.name} is an array of Python objects in {event.where}; numbers were due"
                )
            if _foreign(leaf):
                return f"{leaf.name} is {leaf.dtype} in {event.where}: not in this machine's order of bytes"
            before = known.setdefault(leaf.name, now)
            if before != now:
                return f"{leaf.name} is {_shown(*before)} at first, and {_shown(*now)} in {event.where}"
    return spans_apart(known_rows(ledger), SCALES_APART) or _scaled_twice(ledger)


def _foreign(leaf: Leaf) -> bool:
    """Say whether the bytes of its numbers stand in another order than the machine's."""
    return leaf.dtype[:1] in {"<", ">"} and leaf.dtype[1:2] in set("iufc")


def _trailing(leaf: Leaf, policy: Policy) -> Tuple[Any, ...]:
    """Return what is to be the same of a shape in all batches."""
    trailing = leaf.shape[1:]
    return trailing if policy.shapes == "fixed" else ("?",) * len(trailing)


def _scaled_twice(ledger: Ledger) -> Optional[str]:
    """Tell of pictures in which white is hardly lighter than black."""
    rows = [row for row in known_rows(ledger) if row.batch.turns and row.batch.spans]
    span = max((row.batch.spans[row.place] for row in rows), default=0)
    if 0 < span <= FAINT:
        return (
            f"no picture spans more than {span:.2g} from black to white: as if divided by 255 twice"
        )
    return None


def _shown(dtype: str, shape: Iterable[Any]) -> str:
    return f"{dtype}({', '.join(['*', *map(str, shape)])})"


@requirement(
    "protocol.finite",
    statement="Every value of x, y and the weights is finite, also in rows of weight 0, and where a sample is "
    "all zeros, which can be read as well; a row of weight 0 has a label that there is. Infinity is allowed "
    "where x has several arrays, as in a mask of attention, and NaN in y where targets='own' is declared.",
    reason="Weight 0 does not take a row out: 0 times NaN is NaN, and with it are the loss and the "
    "gradients of the whole batch.",
    fix="Allocate with np.zeros, not np.empty, NaN or -1, the rows that only fill up and those of unreadable "
    "samples included; where you divide, see to it that the divisor is not 0.",
    drives=(EPOCHS, ITERATION, SHUFFLES, BAD_FILES, BLANK_SAMPLE, SHARDS),
    needs=("a batch",),
)
def finite(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No array of any batch holds NaN or infinity where no model can take it."""
    unreadable = _unreadable(ledger, policy) if ledger.driver == BLANK_SAMPLE else None
    if unreadable:
        return unreadable
    for event in ledger.within():
        leaves = event.batch.leaves if event.batch is not None else ()
        several = sum(leaf.name.startswith("x") for leaf in leaves) > 1
        for leaf in leaves:
            missing_target = leaf.name.startswith("y") and policy.targets == "own"
            attention = leaf.name.startswith("x") and several
            for word, found, allowed in (
                ("NaN", leaf.nan_rows, missing_target),
                ("infinity", leaf.infinite_rows, attention),
            ):
                if found and not allowed:
                    return _not_finite(word, leaf, found[0], event, ledger)
    # Without weights, as in most drives, nothing need be asked of each row.
    coded = policy.targets != "own" and weighted(ledger)
    return _no_code(ledger) if coded else None


def _no_code(ledger: Ledger) -> Optional[str]:
    """Tell of a row of weight 0 whose label is -1, or the like, where no class has a negative one."""
    rows = [
        (event, row, value)
        for event in ledger.within()
        for row, target in enumerate(event.batch.targets if event.batch is not None else ())
        for value in target
        if isinstance(value, float)
    ]
    ordinary = [value for event, row, value in rows if event.weight(row)]
    for event, row, value in rows:
        if not event.weight(row) and value < 0 <= min(ordinary, default=value):
            what = f"y is {value:g} in row {row} of {event.where}, whose weight is 0"
            return f"{what}: no class has that label, and a loss that is an error or NaN is that 0 times too"
    return None


def _unreadable(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a batch with the sample that is all zeros that cannot be read."""
    facts = ledger.facts
    for event in errors(ledger.phase("epoch")):
        due = (event.index or 0) < expected_length(ledger.scenario, policy)
        due = due and event.index not in facts.get("fails anyway", ())
        # Who takes it for a bad one may say so.
        if due and not names_sample(event.error or "", facts["blank"], facts["file"]):
            return quote(event) + _because(ledger)
    return None


def _not_finite(word: str, leaf: Leaf, row: int, event: Event, ledger: Ledger) -> str:
    weightless = "" if event.weight(row) else ", whose weight is 0: 0 times it is NaN"
    return f"{leaf.name} holds {word} in row {row} of {event.where}{weightless}{_because(ledger)}"


def _because(ledger: Ledger) -> str:
    blank = ledger.facts.get("blank")
    return "" if blank is None else f", where sample {blank} is all zeros, as a black picture"
