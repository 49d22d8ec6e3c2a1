"""Chapter pairing: each row's label and weight are that row's own."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Set, Tuple

from refloader.contract.drives import (
    BAD_FILES,
    BLANK_SAMPLE,
    CONSUMERS,
    EPOCHS,
    INTERLEAVED,
    ITERATION,
    MANY_CLASSES,
    NAMED_TWICE,
    PICKLING,
    RELABELLED,
    REREADS,
    SHARDS,
    SHUFFLES,
    STAGGERED,
    THREADS,
    TRAINING,
    TWO_LOADERS,
    UNIFORM,
)
from refloader.contract.judging.beside import (
    has_steps,
    parted_inputs,
    steps_apart,
    turned_apart,
    unequal_rows,
)
from refloader.contract.judging.blended import blended_the_other_way, unblended
from refloader.contract.judging.codes import (
    codes_of_their_own,
    no_index_for_zero,
    one_without_column,
)
from refloader.contract.judging.halves import joined_by_place
from refloader.contract.judging.joined import answers_apart, shuffled_apart
from refloader.contract.judging.leaks import label_in_x
from refloader.contract.judging.parts import encoded_by_part, encoded_elsewhere, encoded_past_few
from refloader.contract.judging.questions import plain, rows_come_first
from refloader.contract.judging.rows import known_rows
from refloader.contract.judging.targets import (
    label_among_inputs,
    more_than_labels,
    one_to_one,
    told_by_inputs,
    told_by_place,
    two_for_one_picture,
    unsteady,
    without_own_pictures,
)
from refloader.contract.judging.views import turned_alone, weights_left
from refloader.contract.judging.weights import one_for_two, wrong_weight
from refloader.contract.ledger import Batch, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

#: What is asked of the drives that have another loader beside, or so many classes as few loaders meet.
_BESIDE = {
    REREADS: encoded_by_part,
    PICKLING: encoded_elsewhere,
    MANY_CLASSES: encoded_past_few,
}
BATCHED = unless("kind", "sequence", "generator", because="arrays are encoded once, as a whole")


@requirement(
    "pairing.label",
    statement="Each row's y and weight belong to that row's x, in every epoch and under every driver: a mask, "
    "picture or weights of pixels beside it are flipped and moved as it is, a y or mask of a sequence's "
    "steps is padded where x is, the very same x has one y, the largest share of blended labels is the "
    "row's own, and x is the same whatever the label is.",
    reason="A mislabelled row looks like any other; training goes on and the model learns noise.",
    fix="Shuffle x, y and weights by one common permutation, take all of them with one index, and flip "
    "and move a mask with its picture. If a second input holds other samples on purpose (pairs, neighbours), "
    "give identify=, batch -> ids (refloader.sample_ids reads them from one input). A loader of a binary task "
    "is declared with classes='two'. Of labels that are blended (mixup) the largest share is judged alone.",
    drives=(
        EPOCHS,
        ITERATION,
        SHUFFLES,
        TWO_LOADERS,
        INTERLEAVED,
        THREADS,
        STAGGERED,
        BAD_FILES,
        TRAINING,
        SHARDS,
        UNIFORM,
        CONSUMERS,
        NAMED_TWICE,
        BLANK_SAMPLE,
        RELABELLED,
    ),
    needs=("a batch", "two epochs", "two classes"),
    incidents=("keras#7702", "keras#11365", "tf#34099"),
)
def label(ledger: Ledger, policy: Policy) -> Optional[str]:
    """What comes with a sample is a function of its label; its inputs and weight are its own."""
    if ledger.driver == NAMED_TWICE:
        return one_for_two(ledger)
    if ledger.driver == BLANK_SAMPLE:
        return _wrong_target(ledger, policy)
    if ledger.driver == RELABELLED:
        return label_in_x(ledger, policy)
    return (
        parted_inputs(ledger)
        or turned_apart(ledger)
        or turned_alone(ledger)
        or weights_left(ledger)
        or shuffled_apart(ledger, policy)
        or unequal_rows(ledger)
        or (steps_apart(ledger) if policy.shapes == "by-batch" else None)
        or wrong_weight(ledger, policy)
        or label_among_inputs(ledger, policy)
        or _wrong_target(ledger, policy)
        or answers_apart(_as_labels(ledger, policy))
        or joined_by_place(ledger, policy)
    )


def _wrong_target(ledger: Ledger, policy: Policy) -> Optional[str]:
    blended = blended_the_other_way(ledger) if policy.augment else None
    if blended:
        return blended
    if _own(ledger, policy):
        own = two_for_one_picture if policy.augment else unsteady
        return told_by_place(ledger) or own(ledger)
    return _wrong_label(without_own_pictures(_as_labels(ledger, policy), policy), policy)


def _as_labels(ledger: Ledger, policy: Policy) -> Ledger:
    """Return the ledger with labels that an augmentation may have blended as what they mostly are."""
    return unblended(ledger) if policy.augment else ledger


def _own(ledger: Ledger, policy: Policy) -> bool:
    """Say whether y is the sample's own, by declaration, or as it has a value for each of its steps."""
    return policy.targets == "own" or (policy.shapes == "by-batch" and has_steps(ledger))


def _wrong_label(ledger: Ledger, policy: Policy) -> Optional[str]:
    if encoded_by_batch(ledger) or more_than_labels(ledger, policy):
        return None
    usual = _usual_targets(ledger)
    for row in known_rows(ledger):
        if not row.targets:
            continue
        mine = _label(row.batch, row.place, ledger)
        if row.targets != usual[mine]:
            return (
                f"sample {row.sample} (label {mine}) comes with y = {plain(row.targets)} in "
                f"{row.event.where}; label {mine} is {plain(usual[mine])} elsewhere"
            )
    return None if _paired(ledger) or told_by_inputs(ledger) else _shared_target(usual)


def _paired(ledger: Ledger) -> bool:
    """Say whether the user's own identify names rows of which more than one sample is a part."""
    return any(batch.partners for batch in ledger.batches())


def _label(batch: Batch, row: int, ledger: Ledger) -> Any:
    """Return the label of a row, or where it is a pair, the labels of all its members."""
    labels = ledger.facts["labels"]
    members = [labels[one[row]] for one in batch.partners if one[row] in range(len(labels))]
    mine = labels[batch.ids[row]]
    return mine if members in ([], [mine]) else tuple(members)


def _shared_target(usual: Dict[int, Any]) -> Optional[str]:
    owner: Dict[Any, int] = {}
    for name, target in sorted(usual.items()):
        if target in owner:
            return f"labels {owner[target]} and {name} both come with y = {plain(target)}"
        owner[target] = name
    return None


def _usual_targets(ledger: Ledger) -> Dict[Any, Any]:
    """Return for each label the y that comes with it most often (the first seen, among equals).

    Where half of the labels come as themselves, however seldom, that is the one for these.
    """
    counts: Dict[Any, Counter[Any]] = defaultdict(Counter)
    for name, target in _labelled(ledger.batches(), ledger):
        counts[name][target] += 1
    themselves = {
        name: target
        for name, counted in counts.items()
        for target in counted
        if plain(target) == str(name)
    }
    usual = {name: counted.most_common(1)[0][0] for name, counted in counts.items()}
    return {**usual, **themselves} if 2 * len(themselves) >= len(counts) else usual


def _labelled(batches: List[Batch], ledger: Ledger) -> Iterator[Tuple[Any, Any]]:
    for batch in batches:
        for row, (sample, target) in enumerate(zip(batch.ids, batch.targets)):
            known = sample is not None and 0 <= sample < len(ledger.facts["labels"])
            # A row that only fills up, or hides a bad sample, may have any y.
            if known and (batch.weights is None or batch.weight(row)):
                yield _label(batch, row, ledger), target


@requirement(
    "pairing.encoding",
    statement="The class index or one-hot column of a label is the same in every batch, whichever classes "
    "happen to be in it, in a loader over a part of the samples with all classes, whichever is first, and in "
    "another process, as is the code of anything among the inputs; of twelve or three hundred classes no two "
    "have the same; where others are one-hot, none is a row of zeros, where others are 1, 2 and so on, none is "
    "-1, and where they are 0, 1 and so on, none is the greatest of unsigned numbers.",
    reason="Encoded by what is in the batch, class 2 is column 1 whenever class 1 is absent; small and "
    "last batches are mislabelled, and their width differs. Numbered as they come up in a split, class 2 "
    "of training is class 1 of validation, and no score says so. Numbered by a set of strings, they are others "
    "in the next run, which reads the weights of this one. Kept in a byte, class 256 is class 0; by the first "
    "letter of its name, class 10 is class 1. Dummies of which the first is dropped, as regressions want them, "
    "leave a class whose cross-entropy is always 0. By `index.get(name) or -1` the first class is none, "
    "and by `label - 1` of labels without a sign.",
    fix="Fix the encoding from all classes once: to_categorical(labels, num_classes), one LabelEncoder. "
    "Give it to the loader of each split; number labels neither as they come up (factorize) nor as a set has "
    "them, nor as a folder lists them: sorted(set(labels)). All classes are samples.classes.",
    drives=(EPOCHS, SHARDS, REREADS, PICKLING, MANY_CLASSES),
    needs=("two batches", "two classes"),
    incidents=("Keras-HDF5-ImageDataGenerator#1", "text-classification-cnn-rnn#24"),
    exempt=(BATCHED,),
)
def encoding(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each label is encoded alike in all batches, unlike what its own batch or split alone would give."""
    own = _own(ledger, policy)
    if ledger.driver in _BESIDE:
        # Of batches that were written into nothing is asked here.
        return None if own else _BESIDE[ledger.driver](ledger)
    widths = {
        leaf.shape[1:]
        for batch in ledger.batches()
        for leaf in batch.leaves
        if leaf.name == "y" and batch.ids and rows_come_first(batch)
    }
    # Boxes of the pictures of a batch are padded to the most that one of them has.
    if len(widths) > 1 and not (own and policy.shapes == "by-batch"):
        return f"y is {' and then '.join(sorted(str(('*', *width)) for width in widths))} wide"
    if own:
        return None
    judged = without_own_pictures(_as_labels(ledger, policy), policy)
    seen = _targets_by_label(judged)
    if not encoded_by_batch(judged):
        classes = ledger.scenario.classes
        return one_without_column(seen, classes) or no_index_for_zero(seen, classes)
    for name, targets in sorted(seen.items()):
        if len(targets) > 1:
            shown = " and ".join(plain(target) for target in targets[:2])
            return f"label {name} is encoded as {shown}, depending on the classes in its batch"
    return None


def encoded_by_batch(ledger: Ledger) -> bool:
    """Say whether labels change their code between batches just as encoding each batch alone would.

    So it is where one code for each label does not explain the drive, and yet every batch is
    consistent in itself, its codes are those of its own labels alone, and batches of the same labels
    have the same codes.
    """
    if _paired(ledger) or one_to_one(_targets_by_label(ledger)):
        return False
    mappings: Dict[FrozenSet[int], Set[Tuple[int, Any]]] = {}
    for batch in ledger.batches():
        pairs = set(_labelled([batch], ledger))
        names = frozenset(name for name, _ in pairs)
        if pairs and (not codes_of_their_own(pairs) or mappings.setdefault(names, pairs) != pairs):
            return False
    return True


def _targets_by_label(ledger: Ledger) -> Dict[int, List[Any]]:
    # As dicts, which keep the order of what comes first: of many samples each may have its own.
    seen: Dict[int, Dict[Any, None]] = defaultdict(dict)
    for name, target in _labelled(ledger.batches(), ledger):
        seen[name][target] = None
    return {name: list(found) for name, found in seen.items()}
