"""Chapter training: what the model consumed is what counts."""

from __future__ import annotations

from typing import List, Optional

from refloader.contract.drives import HOOKS, STARTED_FIT, TRAINING
from refloader.contract.exemptions import COUNTED
from refloader.contract.judging.questions import (
    delivered,
    expected_length,
    lost,
    real_rows,
    repeated,
    same_order,
    samples,
    spared,
)
from refloader.contract.ledger import Event, Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

SEQUENCE = unless("kind", "sequence", because="frameworks call the hooks of indexable loaders only")


@requirement(
    "training.consumed-once",
    statement="What the model consumed in each epoch of fit is every sample once, for workers 0, threads "
    "and processes.",
    reason="Between the loader and the model lie peeks, queues, shuffles and workers that differ from "
    "release to release; only the step itself knows what arrived.",
    fix="Make `__getitem__` a pure function of index and epoch; see purity.* and workers.*.",
    drives=(TRAINING, STARTED_FIT),
    needs=("a batch", "two epochs", "n % batch_size == 1"),
    incidents=("keras#6586", "keras#20032", "Mask_RCNN#514"),
    exempt=(COUNTED,),
)
def consumed_once(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each epoch of training consumed each sample once."""
    if ledger.facts["role"] != "train" or not expected_length(ledger.scenario, policy):
        return None
    if ledger.facts.get("error"):
        return f"training raised {ledger.facts['error']}"
    passes = ledger.passes("train")
    found = (_not_once(events, ledger, policy, "the model") for events in passes)
    if len(passes) < ledger.scenario.epochs:
        return f"the model consumed {len(passes)} epochs of {ledger.scenario.epochs}"
    return next((text for text in found if text), None)


@requirement(
    "training.validation",
    statement="The same holds as validation_data, and under evaluate and predict (in order for predict).",
    reason="A validation score over a part of the set, or predictions in another order than the rows, are "
    "numbers about something else.",
    fix="Keep the order fixed where shuffling is not declared; build a second loader for validation.",
    drives=(TRAINING,),
    needs=("a batch", "n % batch_size == 1"),
    incidents=("keras#8842", "keras#5048", "keras#6745", "tf#31830"),
    exempt=(COUNTED,),
)
def validation(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Validation, evaluation and prediction each consumed each sample once, prediction in order."""
    role = ledger.facts["role"]
    if role == "train" or not expected_length(ledger.scenario, policy):
        return None
    if "unidentified" in ledger.facts:
        return None
    if ledger.facts.get("error"):
        return f"{role} raised {ledger.facts['error']}"
    passes = ledger.passes(role)
    for events in passes:
        found = _not_once(events, ledger, policy, role)
        if found:
            return found
        if (
            role == "predict"
            and not policy.shuffle
            and not same_order(events, ledger.phase("direct"), policy)
        ):
            got, direct = (delivered(one)[:8] for one in (events, ledger.phase("direct")))
            return (
                f"predict got {got}; another loader over the same samples, read directly, has the order "
                f"{direct}"
            )
    return None if passes else f"{role} consumed no batch at all"


@requirement(
    "training.hooks-tolerant",
    statement="It holds whatever the number and timing of on_epoch_begin and on_epoch_end calls, and "
    "whatever the framework reads ahead or peeks.",
    reason="For two epochs releases call on_epoch_end 0, 1, 2 or 3 times, before the first epoch too, and "
    "from another thread; they peek at batches and produce whole epochs that they throw away.",
    fix="Let the hooks change nothing but which order is served; keep no half-finished state in them.",
    drives=(HOOKS,),
    needs=("two batches", "two epochs"),
    incidents=("keras#13074", "tf#35911", "tf#45962", "keras#20453"),
    exempt=(COUNTED, SEQUENCE),
)
def hooks_tolerant(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each pass delivers each sample once, under the pattern of hooks that this drive made."""
    pattern = ledger.facts["pattern"]
    if ledger.facts.get("hook_error"):
        return f"{pattern}: the hook raised {ledger.facts['hook_error']}"
    plain = _not_once(ledger.phase("plain"), ledger, policy, pattern) if ledger.events else None
    for events in ledger.passes("epoch"):
        found = _not_once(events, ledger, policy, pattern)
        if found and not plain:
            return found
    return None


def _not_once(events: List[Event], ledger: Ledger, policy: Policy, who: str) -> Optional[str]:
    rows = real_rows(events, ledger, policy)
    absent = lost(events, ledger, policy)
    twice = repeated(rows)
    where = f"in epoch {events[0].epoch}"
    if twice:
        return f"{who}: sample {twice[0][0]} {twice[0][1]} times {where}"
    if len(absent) > spared(ledger, policy):
        return f"{who}: {samples(absent)} not delivered {where}"
    return None
