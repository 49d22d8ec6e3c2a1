"""Chapter workers, its last requirement: random numbers that two readers, or two epochs, draw alike."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from typing import Any, Dict, List, Optional, Set

from refloader.contract.drives import DRAWS, SHUFFLES
from refloader.contract.judging.accident import by_accident
from refloader.contract.judging.hidden import hidden_in
from refloader.contract.judging.questions import digests
from refloader.contract.judging.rows import Row, known_rows
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

#: The reads of a rank of two.
DRAWS_OF_RANK = "draws of rank {}"
#: The reads of two threads that share out the indexes as the workers do.
DRAWS_OF_THREADS = "draws of threads"
#: The reads of one process, and those of a pickled copy in it.
DRAWS_ALONE, DRAWS_OF_COPY = "draws alone", "draws of a copy"
#: Of each epoch and each reader, the digests of the batches.
_Epochs = List[List[List[str]]]
#: Fewer epochs may have as many heads by chance.
_MANY_EPOCHS = 10
#: Of so many rows one of a hundred is likely to be augmented, if any is.
_MANY_ROWS = 200


def _draws_nothing(policy: Policy) -> Optional[str]:
    if policy.augment or policy.sampling == "with-replacement":
        return None
    return "nothing is augmented or drawn with replacement, by declaration"


@requirement(
    "workers.independent-randomness",
    statement="If x is augmented by declaration, random numbers are drawn for it; two workers, two threads, "
    "two ranks, and two epochs, do not draw the same ones; nor do two workers that draw samples with "
    "replacement.",
    reason="A fork copies the generator of random numbers with everything else. Workers that draw alike "
    "give as many varieties as one, and a pool that is forked anew draws the same in each epoch.",
    fix="Seed a generator for each batch from (seed, epoch, index); then it matters to nobody who reads. "
    "Where nothing is augmented, see whether what the augmentation returns is used, or leave out augment=True.",
    drives=(DRAWS, SHUFFLES),
    needs=("two batches", "two epochs"),
    incidents=("pytorch#5059", "OpenPCDet#886", "fairseq#1383", "imgaug#659", "mxnet#4348"),
    exempt=(
        unless("kind", "sequence", "generator", because="arrays are drawn once, as a whole"),
        _draws_nothing,
    ),
)
def independent_randomness(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Over samples that are all alike no two workers, and no two epochs, deliver equal bytes.

    Where samples are drawn instead, two workers do not deliver the same ones in the same order.
    """
    if ledger.driver == SHUFFLES:
        return _never_augmented(ledger, policy) if policy.augment else None
    epochs, threads = _shares(ledger, "draws"), _shares(ledger, DRAWS_OF_THREADS)
    found = _alike_workers(epochs, "workers") or _alike_workers(threads, "threads")
    if found:
        return found
    alone = [[digests(events)] for events in ledger.passes(DRAWS_ALONE)]
    if not policy.augment:
        # Of single rows drawn without replacement, some of the data set each epoch, most are drawn again.
        return _moved_on(alone) if policy.shuffle and ledger.scenario.batch_size > 1 else None
    return (
        _alike_epochs(epochs)
        or _alike_epochs(alone, " (read by one process)")
        or _frozen(alone)
        or _one_batch_frozen(alone)
        or _alike_ranks(ledger)
    )


def _never_augmented(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of an augmentation that never shows: whenever a sample comes, its picture and y are the same.

    One that hides a row shows in it. In vectors it may be what cannot be seen, as the order of steps that
    are all alike.
    """
    rows = [row for row in known_rows(ledger) if row.batch.prints and _is_picture(row)]
    seen: Dict[int, Set[Any]] = {}
    for row in rows:
        seen.setdefault(row.sample, set()).add((row.batch.prints[row.place], row.targets))
    varies = any(len(found) > 1 for found in seen.values()) or hidden_in(ledger.events, policy)
    if len(rows) < _MANY_ROWS or varies:
        return None
    found = f"in {len(rows)} rows of {len(seen)} samples each sample has one picture"
    return f"{found}: nothing is augmented"


def _is_picture(row: Row) -> bool:
    return bool(row.batch.turns) and row.batch.turns[row.place] is not None


def _shares(ledger: Ledger, phase: str) -> _Epochs:
    count = ledger.facts["workers"]
    shares = [range(worker, ledger.scenario.n, count) for worker in range(count)]
    return [
        [digests(event for event in events if event.index in share) for share in shares]
        for events in ledger.passes(phase)
    ]


def _alike_workers(epochs: _Epochs, who: str) -> Optional[str]:
    alike = [number for number, (first, second) in enumerate(epochs) if first == second]
    rows = [epochs[number][0] for number in alike]
    if by_accident(_drawn(epochs), rows, len(epochs)):
        return None
    return f"in epoch {alike[0]} both {who} drew the same random numbers"


def _alike_ranks(ledger: Ledger) -> Optional[str]:
    """Tell of numbers that both ranks draw, in the same epoch or in another, as by seed + rank + epoch."""
    first, second = (
        [digests(events) for events in ledger.passes(DRAWS_OF_RANK.format(rank))]
        for rank in range(2)
    )
    pairs = product(range(len(first)), range(len(second)))
    alike = [
        (mine, theirs) for mine, theirs in pairs if _batch_by_batch(first[mine], second[theirs])
    ]
    rows = [first[mine] for mine in sorted({mine for mine, _ in alike})]
    if by_accident(_drawn([first, second]), rows, len(first) ** 2):
        return None
    epochs = "rank 0 in epoch {} and rank 1 in epoch {}".format(*alike[0])
    return f"{epochs} draw the same random numbers, batch by batch"


def _batch_by_batch(mine: List[str], theirs: List[str]) -> bool:
    """Return whether they are alike, and not by what is drawn once for a whole epoch."""
    return mine == theirs and len(set(mine)) > 1


def _drawn(epochs: _Epochs) -> List[str]:
    return [digest for epoch in epochs for share in epoch for digest in share]


def _alike_epochs(epochs: _Epochs, how: str = "") -> Optional[str]:
    orders = [_drawn([epoch]) for epoch in epochs]
    pairs = list(combinations(range(len(orders)), 2))
    alike = [pair for pair in pairs if _batch_by_batch(*(orders[one] for one in pair))]
    rows = [orders[then] for then in sorted({then for _, then in alike})]
    if not by_accident(_drawn(epochs), rows, len(pairs)):
        return "epoch {1} draws the random numbers of epoch {0} again{how}".format(
            *alike[0], how=how
        )
    for (first, before), (then, after) in combinations(enumerate(epochs), 2):
        again = _drawn_again(before, after)
        if again:
            return (
                f"{again} batches of epoch {then} draw the random numbers that others of epoch "
                f"{first} drew{how}"
            )
    return None


def _moved_on(epochs: _Epochs) -> Optional[str]:
    """Tell of batches that an epoch and the next have at other places, as by a seed of epoch + index."""
    for number, (before, after) in enumerate(zip(epochs, epochs[1:])):
        again = _drawn_again(before, after)
        if again and before != after:
            return f"{again} batches of epoch {number + 1} are batches of epoch {number}, at other places"
    return None


def _frozen(epochs: _Epochs) -> Optional[str]:
    """Tell of epochs that all have the same versions as often: each sample has one that is its own for ever.

    Of a coin for each of 94 samples, that eleven more epochs show as many heads is one in 10^11.
    """
    counted = [Counter(digest for share in epoch for digest in share) for epoch in epochs]
    if (
        len(counted) < _MANY_EPOCHS
        or not len(counted[0]) > 1
        or any(one != counted[0] for one in counted)
    ):
        return None
    return (
        f"in each of {len(counted)} epochs the same {len(counted[0])} versions come, each as often: what is "
        "drawn for a sample is drawn once, and its augmentation adds nothing from the second epoch on"
    )


def _one_batch_frozen(epochs: _Epochs) -> Optional[str]:
    """Tell of a batch that was augmented once, and is handed out again in each epoch."""
    drawn = _drawn(epochs)
    for index, versions in enumerate(zip(*(_drawn([epoch]) for epoch in epochs))):
        first, *others = versions
        if set(versions) == {first} and not by_accident(drawn, [others], 1):
            return (
                f"batch {index} is the same to the byte in each of {len(epochs)} epochs, and others are "
                "drawn anew: it was augmented once"
            )
    return None


def _drawn_again(before: List[List[str]], after: List[List[str]]) -> int:
    """Return how many batches are those of the epoch before, if that is half of them at least.

    Where two batches of one epoch are alike by chance, as with flips alone, none counts.
    """
    first, second = ([one for share in epoch for one in share] for epoch in (before, after))
    shared = len(set(first) & set(second))
    return shared if len(set(first)) == len(first) and 2 * shared >= len(first) > 0 else 0
