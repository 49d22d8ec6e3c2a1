"""Whether the values of all samples are of one scale."""

from __future__ import annotations

from typing import Iterable, Optional

from refloader.contract.judging.rows import Row


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
