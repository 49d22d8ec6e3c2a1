"""Chapter shuffling: the order of an epoch is what was declared, and nobody else's business."""

from __future__ import annotations

from typing import Any, List, Optional

from refloader.contract.drives import (
    BAD_FILES,
    EPOCHS,
    INTERLEAVED,
    ITERATION,
    PICKLING,
    SEEDS,
    SHUFFLES,
    STAGGERED,
    UNIFORM,
)
from refloader.contract.exemptions import COUNTED, ORDERED
from refloader.contract.judging.questions import (
    LEAST_ROUND,
    batches,
    doings,
    same_order,
    without_fill,
)
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

BATCHED = unless("kind", "sequence", "generator", because="the framework orders arrays")
SHUFFLED = unless("shuffle", True, because="the loader does not shuffle, by declaration")
SEEDED = unless("seeded", True, because="no order is promised for a seed")

#: Of so many samples a buffer of dozens shows. Of more, buffers of some thousands would, which are usual.
BUFFERED = range(1_000, 4_000)
#: Where files or groups of rows are shuffled there are few of them, and chance has more room: the correlation
#: that is allowed in one epoch of so many (a buffer of half the samples gives 0.36), and the share of the
#: distance to be expected that is enough.
OF_GROUPS, NEAR_ENOUGH = 0.3, 0.75
#: By how much seeds differ: by one; and by a number that is none to whoever keeps their last byte or two,
#: or their last three digits.
SEEDS_APART = (1, 65_536_000)


@requirement(
    "shuffling.per-epoch",
    statement="If the loader shuffles, the order changes between epochs.",
    reason="One order for all epochs gives the same batches each time: less noise in the gradient, worse "
    "results, and nothing that says so.",
    fix="Draw a new permutation in `on_epoch_end` (not `on_epoch_start`, which nobody calls), or "
    "compute it from the epoch.",
    drives=(SHUFFLES,),
    needs=("two epochs", "two batches"),
    incidents=("cartwheel_train#7", "image-segmentation-keras#125", "keras#1551"),
    exempt=(BATCHED, SHUFFLED),
)
def per_epoch(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No two epochs in a row have the same order, and no stream goes round one order for ever."""
    for phase, how in (("epoch", ""), ("iterated", ", where they are iterated over")):
        passes = ledger.passes(phase)
        for before, after in zip(passes, passes[1:]):
            if _is_known(before) and order(before) == order(after):
                return f"epochs {before[0].epoch} and {after[0].epoch} have the same order{how}"
            if policy.sampling == "exactly-once" and _same_in_common(before, after):
                common = f"in the same order the samples that both deliver{how}"
                return f"epochs {before[0].epoch} and {after[0].epoch} have {common}"
    return _goes_round(ledger) if policy.kind == "generator" else None


def _is_known(events: List[Event]) -> bool:
    """Say whether most rows of a pass were recognised: what nobody knows is in no order."""
    read = [row for ids in order(events) for row in ids]
    return 2 * read.count(None) < len(read)


def _same_in_common(before: List[Event], after: List[Event]) -> bool:
    """Say whether what two epochs share has one order, though each of them lacks other samples."""
    one, other = ([row for ids in order(events) for row in ids] for events in (before, after))
    common = set(one) & set(other) - {None}
    kept = [[row for row in rows if row in common] for rows in (one, other)]
    return len(common) >= LEAST_ROUND and kept[0] == kept[1]


def _goes_round(ledger: Ledger) -> Optional[str]:
    """Find the round of a stream that repeats itself, wherever its own epochs end."""
    batches = order(ledger.phase("epoch"))
    for period in range(LEAST_ROUND, len(batches) // 2 + 1):
        if batches[period:] == batches[:-period]:
            rows = sum(len(ids) for ids in batches[:period])
            return f"the same {period} batches of {rows} rows come again and again, in one order"
    return None


@requirement(
    "shuffling.stable-when-off",
    statement="If the loader does not shuffle, the order is the same in every epoch.",
    reason="Predictions are joined to rows by position; an order that moves joins them to the wrong ones.",
    fix="Honour the shuffle flag in the epoch hook too, or declare shuffle=True.",
    drives=(EPOCHS, SHUFFLES, STAGGERED),
    needs=("two epochs", "two batches"),
    incidents=("keras-retinanet#873", "keras#7520"),
    exempt=(BATCHED, ORDERED, COUNTED),
)
def stable_when_off(ledger: Ledger, policy: Policy) -> Optional[str]:
    """All epochs have the order of the first."""
    passes = ledger.passes("epoch")
    orders = [_without_fill(events, ledger, policy) for events in passes]
    for events, found in zip(passes[1:], orders[1:]):
        if found != orders[0] and _are_comparable(found, orders[0], policy):
            return f"epoch {events[0].epoch} has another order than epoch {passes[0][0].epoch}"
    return None


def _are_comparable(order: List[Any], first: List[Any], policy: Policy) -> bool:
    """Say whether two epochs have the same samples, or as many each once, where a tail is dropped.

    Of epochs that lose or repeat samples that is told by others.
    """
    found, wanted = _samples_of(order), _samples_of(first)
    once = len(set(found)) == len(found) == len(wanted) == len(set(wanted))
    return found == wanted or (policy.tail == "drop" and once)


def _without_fill(events: List[Event], ledger: Ledger, policy: Policy) -> List[Any]:
    kept = without_fill(events, ledger, policy)
    batches = [tuple(sample for _, sample in rows) for rows in kept]
    return [ids for event, ids in zip(events, batches) if event.batch is not None]


def _samples_of(batches: List[Any]) -> List[str]:
    return sorted(str(sample) for ids in batches for sample in ids)


@requirement(
    "shuffling.seeded",
    statement="If the loader is seeded, the same seed gives the same sequence of epochs, in this process "
    "and in a fresh one, where strings hash otherwise, folders list their files in another order, and there "
    "are more or fewer processors.",
    reason="A run that cannot be repeated cannot be compared; Python's hash differs from process to process, "
    "and the number of processors from machine to machine.",
    fix="Draw from numpy.random.RandomState(seed) of the loader's own; never from hash() or the global one. "
    "Sort what a folder lists (os.listdir, glob), and what comes from a set: elsewhere both come otherwise. "
    "What workers deliver is put in order by batch, however many of them there are.",
    drives=(SEEDS,),
    needs=("two epochs", "two batches"),
    incidents=("keras#1940", "keras#11365"),
    exempt=(BATCHED, SEEDED),
)
def seeded(ledger: Ledger, policy: Policy) -> Optional[str]:
    """A second loader of the same seed delivers the same epochs, here and elsewhere."""
    for phase in ("same seed", "same seed, fresh process"):
        for first, second in zip(ledger.passes("seed"), ledger.passes(phase)):
            if not same_order(first, second, policy):
                return f"epoch {first[0].epoch} has another order with the {phase}"
    return None


@requirement(
    "shuffling.seed-matters",
    level="SHOULD",
    statement="If the loader is seeded, different seeds give different orders.",
    reason="Runs over several seeds that all see one order are one run.",
    fix="Pass the seed on to the generator that shuffles.",
    drives=(SEEDS,),
    needs=("two epochs", "two batches"),
    exempt=(BATCHED, SEEDED, SHUFFLED),
)
def seed_matters(ledger: Ledger, policy: Policy) -> Optional[str]:
    """A loader of another seed delivers other epochs."""
    mine = [order(events) for events in ledger.passes("seed")]
    for apart in SEEDS_APART:
        other = [order(events) for events in ledger.passes(f"seed {apart} more")]
        seeds = f"seeds {ledger.scenario.seed} and {ledger.scenario.seed + apart}"
        for epoch, (one, another) in enumerate(zip(mine, other)):
            if one and one == another:
                return f"{seeds} give the same order in epoch {epoch}"
    return None


@requirement(
    "shuffling.uniform",
    level="SHOULD",
    statement="If the loader shuffles, each sample is about equally often in each batch, and in one batch with "
    "each other sample (chi-square over 96 epochs of 8 and 10 samples in batches of 4, alpha 1 in a million). "
    "Nor do later samples come later, nor are those of a batch near each other in the data set (correlation, "
    "and range in a batch, over 6 epochs of 40 and one of 1,030, the same alpha), no epoch has the order "
    "of the data set, the first neither, no two in a row the same batches, and a tail that is dropped is now "
    "these samples and now those.",
    reason="An order that only rotates, or shuffles within a window, keeps neighbours together: batches "
    "stay alike from epoch to epoch, and so do their gradients. A data set that is sorted by class is most "
    "harmful in the first epoch.",
    fix="Permute all samples at once (numpy.random.RandomState.permutation), before the first epoch too; do "
    "not shuffle in a buffer, block by block, nor the batches alone.",
    drives=(UNIFORM, SHUFFLES, EPOCHS),
    needs=("two epochs", "two batches"),
    incidents=("datasets#2252",),
    exempt=(BATCHED, SHUFFLED, COUNTED),
)
def uniform(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Neither batches nor company are further from even than chance allows."""
    # Imported here: the help, which lists the contract, must not wait for NumPy.
    from refloader.contract.judging import orders  # noqa: PLC0415

    found = [order(events) for events in ledger.passes("epoch")]
    whole = [epoch for epoch in found if orders.is_whole(epoch, found[0], ledger.scenario.n)]
    if ledger.driver == EPOCHS:
        many = ledger.scenario.n in BUFFERED
        near = orders.drifting(whole, OF_GROUPS) or orders.close(whole, NEAR_ENOUGH)
        return near if many else None
    if ledger.driver == SHUFFLES:
        again = orders.same_batches(found) or orders.in_file_order(found)
        return orders.drifting(whole) or orders.close(whole) or again
    if policy.tail == "drop" and not whole:
        return orders.left_out(found, ledger.scenario.n)
    return orders.uneven(whole, ledger.facts.get("labels", ()))


@requirement(
    "shuffling.global-rng",
    level="SHOULD",
    statement="The process-wide random and numpy.random state is neither reseeded nor consumed, also "
    "where two threads read and each puts it back; and torch's is not reseeded.",
    reason="A loader that seeds or draws from the global generators changes everybody else's numbers: "
    "initial weights, dropout, other loaders.",
    fix="Use a generator of the loader's own: random.Random(seed), numpy.random.RandomState(seed).",
    drives=(EPOCHS, ITERATION, SHUFFLES, PICKLING, BAD_FILES, INTERLEAVED),
    needs=("two epochs",),
    incidents=("kpp#342", "keras#8496", "keras#12258"),
    exempt=(BATCHED,),
)
def global_rng(ledger: Ledger, policy: Policy) -> Optional[str]:
    """The state of the global generators is the same before and after the drive."""
    for generators, doing in doings("global_rng", ledger):
        return f"{doing} changed the state of {' and '.join(generators)}"
    return None


def order(events: List[Event]) -> List[Any]:
    """Return the samples of each batch of a pass, in order of delivery."""
    return [batch.ids for batch in batches(events)]
