"""Whether y is a code of the class, or something of the sample's own: boxes, key points, a dummy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Collection, Dict

from refloader.contract.judging.blended import unblended
from refloader.contract.ledger import Ledger, Scenario
from refloader.contract.policy import Policy

#: What tells the classes of samples to a factory that asks for it.
TELLING = frozenset({"arrays", "directory", "frame", "labels", "paths"})


def targets_are_own(
    ledger: Ledger,
    used: Collection[str],
    policy: Policy,
    read: Callable[[Scenario], Ledger],
) -> bool:
    """Say whether y is the sample's own, from an epoch, and another of the same samples relabelled.

    So it is where the factory asked for nothing that tells a class. Else y must have more values than
    any code of the classes has, and must not follow when the classes are others; where it is augmented
    no two reads can be compared, and the values alone tell.

    used -- what the factory asked for; read -- from a scenario to the ledger of an epoch
    """
    seen = _by_sample(unblended(ledger) if policy.augment else ledger)
    if not seen or not TELLING.intersection(used):
        return bool(seen)
    many = len(set(seen.values())) > 2 * ledger.scenario.classes
    if not many or policy.augment:
        return many
    relabelled = _by_sample(read(with_other_labels(ledger.scenario, policy)))
    common = seen.keys() & relabelled.keys()
    return bool(common) and all(seen[sample] == relabelled[sample] for sample in common)


def with_other_labels(scenario: Scenario, policy: Policy) -> Scenario:
    """Return the scenario with other labels for the same samples.

    Of two classes neighbours differ, whatever the seed; a third makes them others.
    """
    classes = scenario.classes + (policy.classes != "two")
    return replace(scenario, seed=scenario.seed + 1, classes=classes)


def _by_sample(ledger: Ledger) -> Dict[int, Any]:
    """Return the y of each sample."""
    return {
        sample: target
        for batch in ledger.batches()
        for sample, target in zip(batch.ids, batch.targets)
        if sample is not None
    }
