"""Whether the values of all samples are of one scale."""

from __future__ import annotations

from typing import Dict, Iterable, Optional

from refloader.contract.judging.rows import Row, known_rows
from refloader.contract.ledger import Ledger

#: The phase in which one picture has half of its contrast, and one almost none.
FAINT = "faint"
#: What half of the contrast is delivered as, where values are scaled by one number for all pictures.
_HALF = (0.4, 0.6)
#: What 1 of 255 is delivered as is less than this share of what 255 is, also as JPEG.
_LITTLE = 0.2


def spans_apart(rows: Iterable[Row], most: float) -> Optional[str]:
    """Tell of a sample whose values span over `most` times what those of the first do, or the reverse."""
    spans = ((row, row.batch.spans[row.place]) for row in rows if row.batch.spans)
    spanned = [(row, span) for row, span in spans if span]
    for row, span in spanned:
        first, usual = spanned[0]
        if max(span, usual) > most * min(span, usual):
            return (
                f"the values of sample {first.sample} span {usual:g} at first, "
                f"and those of sample {row.sample} {span:g} in {row.event.where}"
            )
    return None


def scaled_by_itself(ledger: Ledger) -> Optional[str]:
    """Tell of a picture of values 0 and 1 that is delivered as bright as others, as values of 0 to 255 are.

    Where each picture is stretched to its own darkest and lightest value, so is one of half the contrast.
    """
    spans: Dict[int, float] = {
        row.sample: row.batch.spans[row.place]
        for row in known_rows(ledger)
        if row.event.phase == FAINT and row.batch.spans and row.batch.turns
    }
    half, faint = (spans.pop(ledger.facts.get(name, -1), 0.0) for name in ("half", FAINT))
    usual = max(spans.values(), default=0.0)
    linear = _HALF[0] * usual <= half <= _HALF[1] * usual
    if usual and linear and faint > _LITTLE * usual:
        return (
            f"the values of sample {ledger.facts[FAINT]}, 0 and 1 of 255, span {faint:g}, those of 0 to 255 "
            f"span {usual:g}, and those of half the contrast {half:g}: it is not scaled as the others are"
        )
    return None
