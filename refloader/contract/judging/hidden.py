"""Rows of which an augmentation may have hidden which sample they are: each of them may be any."""

from __future__ import annotations

from typing import Iterable, List, Optional

from refloader.contract.ledger import Batch, Event
from refloader.contract.policy import Policy


def hidden(batch: Optional[Batch], policy: Policy) -> List[int]:
    """Return the rows of which an augmentation may have hidden which sample they are: not plain ones."""
    spans = batch.spans if batch is not None and policy.augment else ()
    return [row for row, span in enumerate(spans) if span > 0 and _unknown(batch, row)]


def _unknown(batch: Optional[Batch], row: int) -> bool:
    return batch is not None and row < len(batch.ids) and batch.ids[row] is None


def hidden_in(events: Iterable[Event], policy: Policy) -> int:
    """Return of how many rows an augmentation may have hidden which sample they are."""
    return sum(len(hidden(event.batch, policy)) for event in events)
