"""Whether x tells the label: what it is must not hang on how the samples are labelled."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from refloader.contract.judging.rows import known_rows
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy

#: The phases of two epochs of the same samples, whose labels are others in the second.
LABELLINGS = ("labelled", "relabelled")
#: Of what its values span, so much a sample's mean may change by rounding.
ROUNDING = 1e-4


def label_in_x(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Tell of a sample whose values are others where its label is: in the input that shows which it is.

    A label that is an input of its own, as where the loss is computed in a layer, is there on purpose. What is
    augmented, or padded to the longest of a batch, is other values in other company.
    """
    if policy.augment or policy.shapes != "fixed":
        return None
    first, second = (_looks(ledger, phase) for phase in LABELLINGS)
    for sample in sorted(first.keys() & second.keys()):
        (mean, span), (other, other_span) = first[sample], second[sample]
        if abs(other - mean) > ROUNDING * max(span, other_span):
            return (
                f"the mean of x is {mean:.6g} for sample {sample}, and {other:.6g} where the samples have "
                "other labels: x has something of the label in it"
            )
    return None


def _looks(ledger: Ledger, phase: str) -> Dict[int, Tuple[float, float]]:
    """Return the mean and the span of each sample's values."""
    return {
        row.sample: (row.batch.levels[row.place], row.batch.spans[row.place])
        for row in known_rows(ledger)
        if row.event.phase == phase and row.batch.levels and row.batch.spans
    }
