"""Whether a sample has the same values in each epoch and in any company, or where declared, is drawn apart."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any, Dict, List, Optional, Sequence, Tuple

from refloader.contract.judging.questions import rows
from refloader.contract.judging.rows import known_rows
from refloader.contract.ledger import AT_ONCE, Batch, Event, Ledger

#: Of what a row's values are; half precision keeps three digits.
_ALIKE = 0.01
#: A rank's share is some of the samples, whose deviation is nearly that of all.
_OF_ANY_SHARE = 0.002
#: The read of all samples as the one rank there is.
WHOLE = "whole"
#: Fewer reads say too little.
LEAST = 24
# Of values that are drawn apart, successive differences are on average as large as any two: their squares are
# twice the variance, give or take a sixth for each series of 32. Of a walk they are a tenth of that.
APART, WALK = 2.0, 0.8
#: Batches of fewer rows are centred by chance.
_FEWEST_ROWS = 3


def drift(ledger: Ledger, *, told: bool) -> Optional[str]:
    """Tell of two batches that are alike but for their bytes, `told`: their targets and weights too."""
    firsts: Dict[Any, Event] = {}
    for event in ledger.phase("epoch"):
        batch = event.batch
        if batch is None or not batch.ids or None in batch.ids:
            continue
        others = (*sorted(batch.other_ids.items()), *batch.companions, *batch.partners)
        also = (batch.targets, batch.weights, batch.more_weights) if told else ()
        # A sample that fills a batch up here and is one of its own there has another weight.
        masked = [not batch.weight(row) for row in range(len(batch.weights or ()))]
        alike = (batch.ids, others, also, batch.leaves, *masked)
        first = firsts.setdefault(alike, event)
        if first.batch is not None and first.batch.digest != batch.digest:
            what = _what_differs(first.batch, batch)
            return f"{rows(batch.ids)} have other {what} in epoch {event.epoch} than in epoch {first.epoch}"
    return None


def scaled_by_company(ledger: Ledger) -> Optional[str]:
    """Tell of a sample whose values have another mean or span among other samples."""
    return _scaled_otherwise(ledger, ("epoch", AT_ONCE), _ALIKE)


def scaled_by_share(ledger: Ledger) -> Optional[str]:
    """Tell of a sample whose values are others in a rank's share than in the whole, or in another rank's."""
    phases = [f"rank {rank}" for rank in range(ledger.facts["world"])]
    return _scaled_otherwise(ledger, (WHOLE, *phases), _OF_ANY_SHARE)


def _scaled_otherwise(ledger: Ledger, phases: Sequence[str], alike: float) -> Optional[str]:
    firsts: Dict[Any, Tuple[Event, Tuple[float, float]]] = {}
    for event, batch, place, sample in known_rows(ledger):
        if event.phase not in phases or not batch.levels:
            continue
        found = batch.levels[place], batch.spans[place]
        shapes = tuple(leaf.shape[1:] for leaf in batch.leaves)
        first, usual = firsts.setdefault((sample, shapes), (event, found))
        for name, one, other in zip(("mean", "span"), usual, found):
            if abs(one - other) > alike * max(*usual, *found, -min(*usual, *found)):
                return (
                    f"the values of sample {sample} have a {name} of {one:.4g} in {first.where}, "
                    f"and of {other:.4g} in {event.where}, among other samples"
                )
    return None


def _what_differs(first: Batch, second: Batch) -> str:
    if first.targets != second.targets:
        return "targets"
    weights = [(one.weights, one.more_weights) for one in (first, second)]
    return "weights" if weights[0] != weights[1] else "values"


def centred_by_batch(ledger: Ledger) -> Optional[str]:
    """Tell of an input of which the mean over each batch is nothing, value by value: it was taken away."""
    centred: Dict[str, List[bool]] = {}
    for batch in ledger.batches("epoch"):
        # Of an even number of vectors each may be another one's opposite.
        if _FEWEST_ROWS <= len(batch.ids) < ledger.scenario.n and len(batch.ids) % 2:
            for leaf in batch.leaves:
                if leaf.name.startswith("x"):
                    centred.setdefault(leaf.name, []).append(leaf.centred)
    for name, found in centred.items():
        if len(found) > 1 and all(found):
            return (
                f"{name} has a mean of 0 over the rows of each batch, in every one of its values: what a "
                "sample is delivered as depends on the others in its batch"
            )
    return None


def wandering(ledger: Ledger) -> Optional[str]:
    """Tell of rows whose mean or span goes its way from read to read, as by noise that is added for good."""
    batches = ledger.batches("over and over")
    for name in ("mean", "span"):
        values = [batch.levels if name == "mean" else batch.spans for batch in batches]
        series = [list(row) for row in zip_longest(*values)]
        ratios = [found for found in map(_ratio, series) if found is not None]
        ratio = sum(ratios) / len(ratios) if ratios else APART
        if ratio < WALK:
            first, last = series[0][0], series[0][-1]
            walk = f"{ratio:.2f}; {APART:g} where each is drawn apart"
            return (
                f"read {len(batches)} times in a row, batch 0 drifts: the {name} of its first row goes from "
                f"{first:.3g} to {last:.3g}, and each read lies near the one before it (ratio {walk})"
            )
    return None


def _ratio(series: Sequence[Optional[float]]) -> Optional[float]:
    """Return von Neumann's ratio, None where the values are as good as one, or too few."""
    values: List[float] = [value for value in series if value is not None]
    if len(values) < max(LEAST, len(series)):
        return None
    if max(values) - min(values) <= _ALIKE * max(map(abs, values)):
        return None
    mean = sum(values) / len(values)
    spread = sum((value - mean) ** 2 for value in values)
    steps = sum((after - before) ** 2 for before, after in zip(values, values[1:]))
    return steps / spread
