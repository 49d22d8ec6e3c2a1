"""The rows that most judges ask about: each is a sample, and counts."""

from __future__ import annotations

from typing import Any, Iterator, NamedTuple, Tuple

from refloader.contract.ledger import Batch, Event, Ledger


class Row(NamedTuple):
    """A delivered row: in which event and batch, its place there, and the sample that it shows."""

    event: Event
    batch: Batch
    place: int
    sample: int

    @property
    def targets(self) -> Tuple[Any, ...]:
        """Its y, leaf by leaf; nothing where the batch has none."""
        return tuple(self.batch.targets[self.place]) if self.batch.targets else ()

    @property
    def companions(self) -> Tuple[Any, ...]:
        """What it has of the leaves of x beside the one that shows which sample it is."""
        return tuple(self.batch.companions[self.place]) if self.batch.companions else ()

    @property
    def weights(self) -> Tuple[float, ...]:
        """Its weights, head by head; none where the batch brings none."""
        if self.batch.weights is None:
            return ()
        return tuple(head[self.place] for head in (self.batch.weights, *self.batch.more_weights))


def known_rows(ledger: Ledger) -> Iterator[Row]:
    """Yield each row that is a sample and is not masked by weight 0."""
    n = ledger.scenario.n
    for event in ledger.within():
        batch = event.batch
        for place, sample in enumerate(batch.ids if batch is not None else ()):
            # Most batches have no weights: nothing need be asked for each of their rows.
            counts = batch is not None and (batch.weights is None or batch.weight(place))
            if batch is not None and counts and sample is not None and 0 <= sample < n:
                yield Row(event, batch, place, sample)
