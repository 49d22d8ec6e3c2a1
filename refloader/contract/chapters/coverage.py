"""Chapter coverage: every sample once, and nothing else."""

from __future__ import annotations

from typing import List, Optional, Set

from refloader.contract.drives import (
    EPOCHS,
    ITERATION,
    NAMED_TWICE,
    REREADS,
    SHUFFLES,
    STAGGERED,
    UNIFORM,
    WIDE_PICTURES,
)
from refloader.contract.exemptions import COUNTED
from refloader.contract.judging.questions import (
    ITERATED,
    RUN_OUT,
    batches,
    counted_apart,
    delivered,
    errors,
    expected_length,
    learnt,
    lost,
    quote,
    real_rows,
    repeated,
    samples,
    spared,
    undeclared_rows,
)
from refloader.contract.judging.weights import weighted
from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement

_REFUSALS = ("TypeError", "ValueError")
TAILS = (
    "n % batch_size == 0",
    "n % batch_size == 1",
    "n % batch_size == batch_size - 1",
    "n < batch_size",
)


@requirement(
    "coverage.no-loss",
    statement="Every sample is delivered in every epoch, all but a tail that is dropped by "
    "declaration; and with shuffling no sample is dropped in every epoch; none with weight 0 "
    "alone. A file that two rows of a table name is two samples.",
    reason="A sample that never arrives is data that was paid for and is not learnt from; metrics "
    "on a part of the validation set are metrics of another set.",
    fix="Look at `__len__` (floor division drops the tail: use -(-n // batch_size)), at slices that "
    "cut the list of files, and at indexes computed from a counter of its own. Keep rows in lists, not in "
    "a dictionary by path. If the rows of one file are parts of one sample, as boxes are, declare "
    "targets='own'. Wait for a batch as long as whoever makes it is alive: a slow disk is no end of the data.",
    drives=(EPOCHS, SHUFFLES, UNIFORM, ITERATION, NAMED_TWICE, STAGGERED),
    needs=(*TAILS, "two epochs", "n > 100", "n > 1000"),
    incidents=("keras#8275", "imbalanced-learn#1204", "enzynet#30"),
    exempt=(COUNTED,),
)
def no_loss(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Every sample of 0..n-1 is among the rows of each pass."""
    allowed = spared(ledger, policy)
    if ledger.driver == NAMED_TWICE and _may_be_one_sample(ledger):
        return None
    if ledger.build_error and expected_length(ledger.scenario, policy) and not _refused(ledger):
        return f"no loader was built at all: the factory raised {ledger.build_error}"
    lost_always: Set[int] = set(range(ledger.scenario.n))
    for events in ledger.passes("epoch"):
        absent = lost(events, ledger, policy)
        lost_always &= set(absent)
        if len(absent) > allowed:
            never = f"{samples(absent)} {is_are(absent)} never delivered in epoch {events[0].epoch}"
            return never + _because(events, ledger)
        unlearnt = _weigh_nothing(events, ledger)
        if unlearnt:
            comes = "comes" if len(unlearnt) == 1 else "come"
            return f"{samples(unlearnt)} {comes} with weight 0 alone in epoch {events[0].epoch}"
    return (
        _lost_always(ledger, policy, lost_always)
        or _lost_by_iterating(ledger, policy, allowed)
        or _lost_by_waiting(ledger, policy, allowed)
    )


def _weigh_nothing(events: List[Event], ledger: Ledger) -> List[int]:
    """Return the samples of which every row weighs 0: nothing is learnt from them, as if they had not come."""
    come = {one for one in delivered(events) if one is not None and 0 <= one < ledger.scenario.n}
    return sorted(come.difference(learnt(events)))


def _may_be_one_sample(ledger: Ledger) -> bool:
    """Say whether rows of a table that name one file may be parts of one sample, as those of its boxes are.

    They are not where y is that of another sample of the class.
    """
    labels: List[int] = ledger.facts.get("labels", [])
    targets = {
        sample: batch.targets[row]
        for batch in ledger.batches("epoch")
        for row, sample in enumerate(batch.ids)
        if sample is not None and batch.targets
    }
    for first in set(ledger.facts.get("alike", ())).intersection(targets):
        peers = [one for one in targets if labels[one] == labels[first] and one != first]
        if targets[first] not in [targets[one] for one in peers]:
            return True
    return False


def _because(events: List[Event], ledger: Ledger) -> str:
    """Say in brackets what may be the reason of a loss."""
    if errors(events):
        return f" ({quote(errors(events)[0])})"
    return _shared_file(ledger)


def _shared_file(ledger: Ledger) -> str:
    """Say in brackets which two samples have one file, in the drive that is for that."""
    twice = ledger.facts.get("alike", ()) if ledger.driver == NAMED_TWICE else ()
    return "".join(
        f" (samples {first} and {first + 1} have one file and one label)" for first in twice
    )


def _refused(ledger: Ledger) -> bool:
    """Say whether the factory refused data of another type than the usual one, by its name.

    That is an answer, and no loss: who asks for it learns at once what is taken.
    """
    dtype, error = ledger.scenario.dtype, ledger.build_error or ""
    return dtype != Scenario(1, 1).dtype and dtype in error and error.startswith(_REFUSALS)


def _lost_by_iterating(ledger: Ledger, policy: Policy, allowed: int) -> Optional[str]:
    first, second, read = (
        lost(ledger.phase(phase), ledger, policy) for phase in (*ITERATED[:2], "epoch")
    )
    both = ledger.driver == ITERATION or (ledger.driver == STAGGERED and policy.kind == "sequence")
    # Whether it can be iterated over again, and comes to an end then, is another requirement's.
    steps = [len(events) for events in ledger.passes("epoch")[:1]]
    whole = ledger.driver == STAGGERED and [len(ledger.phase(ITERATED[1]))] == steps
    iterated = second if whole and len(first) <= allowed else first
    if not both or len(iterated) <= allowed or len(read) > allowed:
        return None
    skipped = [sample for sample in iterated if policy.shuffle or sample not in read]
    found = f"iteration does not deliver {samples(skipped)}, though every index is read"
    if ledger.driver == STAGGERED:
        return f"{found}; its own threads took longer for some calls, as they do for a slow disk"
    if "waited" in ledger.facts:
        seconds = ledger.facts["waited"]
        return f"{found}; its reader took {seconds:g} s after the first batch, as a step of training may"
    return found


def _lost_by_waiting(ledger: Ledger, policy: Policy, allowed: int) -> Optional[str]:
    """Tell of an epoch that ends without a word where a batch comes later than it is waited for."""
    events = ledger.phase(RUN_OUT)
    absent = lost(events, ledger, policy)
    if not ledger.facts.get("ran_out") or errors(events) or len(absent) <= allowed:
        return None
    found = f"{samples(absent)} {is_are(absent)} lost, without an error"
    return f"where {ledger.facts['ran_out'][0]} finds nothing in the time that it is given, {found}"


def _lost_always(ledger: Ledger, policy: Policy, never: Set[int]) -> Optional[str]:
    if not (policy.shuffle and never and ledger.driver == SHUFFLES):
        return None
    epochs = len(ledger.passes("epoch"))
    return f"the dropped tail is {samples(never)} in all of {epochs} epochs: shuffling never reaches it"


@requirement(
    "coverage.no-repeat",
    statement="No sample is delivered twice in one epoch; where batches are filled up, by "
    "declaration, and bring weights, none counts twice.",
    reason="A repeated sample counts double in the loss and in every metric, unseen.",
    fix="Look at the start and the stride of the slice in `__getitem__`, at a tail filled up with "
    "samples that were delivered already, and at random draws in place of a permutation.",
    drives=(EPOCHS, SHUFFLES, UNIFORM, NAMED_TWICE, STAGGERED),
    needs=(*TAILS, "two epochs"),
    incidents=("keras-data-generator#6", "Mask_RCNN#740", "keras#6586"),
    exempt=(COUNTED,),
)
def no_repeat(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No sample occurs twice among the rows of a pass."""
    for events in ledger.passes("epoch"):
        for sample, times in repeated(real_rows(events, ledger, policy)):
            found = f"sample {sample} is delivered {times} times in epoch {events[0].epoch}"
            return found + _shared_file(ledger)
        for sample, times in repeated(counted_apart(learnt(events), ledger)):
            if policy.tail == "pad" and weighted(ledger):
                where = f"in {times} rows of epoch {events[0].epoch}"
                return f"sample {sample} has a weight {where}; what fills a batch up is to weigh 0"
    return None


def is_are(chosen: List[int]) -> str:
    """Return the verb of some samples."""
    return "is" if len(chosen) == 1 else "are"


@requirement(
    "coverage.tail",
    statement="The last partial batch is what the policy declares, for n % batch_size = 0, 1, "
    "batch_size - 1 and for n < batch_size; or all batches are as even as can be, as numpy.array_split makes "
    "them, and no more of them.",
    reason="The tail is where lengths, buffers and shapes go wrong, and up to batch_size - 1 samples "
    "are lost with it in every epoch.",
    fix="Deliver the short batch, or declare tail='drop' or tail='pad' if that is meant.",
    drives=(EPOCHS,),
    needs=TAILS,
    incidents=("keras#8275", "prednet#67", "char-rnn-tensorflow#25"),
    exempt=(COUNTED,),
)
def tail(ledger: Ledger, policy: Policy) -> Optional[str]:
    """The last batch has the size, and the epoch the number of batches, that the tail implies."""
    if ledger.build_error:
        return None
    wanted = expected_sizes(ledger, policy)
    for events in ledger.passes("epoch") or [[]]:
        sizes = [len(batch.ids) for batch in batches(events)]
        # Batches that are composed first and then shuffled whole have it anywhere.
        moved = policy.shuffle and sorted(sizes) == sorted(wanted)
        if errors(events) or moved or sizes[-1:] == wanted[-1:] or _even(sizes, wanted, policy):
            continue
        got = f"ends with a batch of {sizes[-1]}" if sizes else "has no batch"
        due = f"a batch of {wanted[-1]}" if wanted else "no batch at all"
        return f"the epoch {got}; with tail={policy.tail!r} it ends with {due}"
    return None


def _even(sizes: List[int], wanted: List[int], policy: Policy) -> bool:
    """Say whether an epoch is split into as many batches, of as many rows each as can be: as good a tail."""
    alike = len(sizes) == len(wanted) > 0 and sum(sizes) == sum(wanted)
    as_split = alike and sizes == sorted(sizes, reverse=True) and sizes[0] - sizes[-1] <= 1
    return policy.tail == "deliver" and as_split


def expected_sizes(ledger: Ledger, policy: Policy) -> List[int]:
    """Return the sizes of the batches of one epoch."""
    full, rest = divmod(ledger.scenario.n, ledger.scenario.batch_size)
    last = {"deliver": [rest], "drop": [], "pad": [ledger.scenario.batch_size]}[policy.tail]
    return [ledger.scenario.batch_size] * full + (last if rest else [])


@requirement(
    "coverage.no-invention",
    statement="No delivered row is anything but a sample of the data set: no blank, padded or stale "
    "row that was not declared, and none of another loader's data set; nor one that cannot be told where "
    "pictures are wider than high.",
    reason="A row of zeros with an ordinary label teaches the model that nothing is that class. A validation "
    "over training's pictures, from a cache that both loaders share, measures nothing.",
    fix="Allocate the batch with the number of rows that it really has, and fill every row of it. Keep "
    "caches in the loader, not in its class, a default argument or the module. Pillow's size is (width, "
    "height), an array's shape (height, width); numpy.resize repeats values, and resizes no picture.",
    drives=(EPOCHS, ITERATION, SHUFFLES, REREADS, WIDE_PICTURES),
    needs=TAILS,
    incidents=("prednet#67", "keras-data-generator#5"),
)
def no_invention(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Every row carries the identity of a sample that was handed to the factory."""
    if ledger.driver == WIDE_PICTURES:
        return _scrambled(ledger)
    for events in [one for phase in ("epoch", *ITERATED) for one in ledger.passes(phase)]:
        for event, row in undeclared_rows(events, ledger, policy):
            return f"row {row} of {event.where} is no sample of the data set"
    for sample, begin, end in ledger.facts.get("foreign", ()):
        return f"a loader over samples {begin} to {end} delivers sample {sample}, of another's data set"
    return None


def _scrambled(ledger: Ledger) -> Optional[str]:
    """Tell of pictures of which most cannot be read, as they can where they are square: not of blank ones.

    Who takes such pictures for bad ones leaves them blank, as it may.
    """
    rows = [pair for batch in ledger.batches("epoch") for pair in zip(batch.ids, batch.spans)]
    unread = sum(sample is None and span > 0 for sample, span in rows)
    if 2 * unread <= len(rows):
        return None
    return (
        f"{unread} of {len(rows)} rows are no sample of the data set, whose pictures are not square"
    )
