"""What a ready loader delivers, before anything of it is judged."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Tuple

from refloader.contract.ledger import Scenario
from refloader.driving.forms import shape_error
from refloader.driving.observing.content import contents
from refloader.driving.observing.recording import Tick, describe
from refloader.driving.subject import Bench, Subject

#: Epochs that are read.
SURVEYED = 2


class Survey(NamedTuple):
    """Two epochs of a ready loader: the contents of each, and the rows of the largest batch.

    inputs -- by the content of a sample, that of its x alone
    error -- why they could not be read, or None
    """

    error: Optional[str]
    epochs: Tuple[Tuple[str, ...], ...] = ()
    batch_size: int = 1
    inputs: Dict[str, str] = {}  # noqa: RUF012 - a tuple's default, never changed

    @property
    def rows(self) -> int:
        """Rows in the longest epoch."""
        return max(map(len, self.epochs), default=0)


def survey(bench: Bench, tick: Tick) -> Survey:
    """Read two epochs of a ready loader, with the hooks."""
    epochs: List[Tuple[str, ...]] = []
    sizes = [1]
    inputs: Dict[str, str] = {}
    try:
        subject = Subject(bench.factory(None, 0, 0), Scenario(0, 1), bench.policy)
        wrong = shape_error(subject.loader, bench.policy.kind)
        if wrong:
            return Survey(wrong)
        for _ in range(SURVEYED):
            subject.hook("on_epoch_begin")
            rows: List[str] = []
            for index in range(subject.steps()):
                raw = subject.read(index)
                batch = contents(raw)
                inputs.update(zip(batch, contents(raw, over=("x",))))
                sizes.append(len(batch))
                rows += batch
                tick()
            epochs.append(tuple(rows))
            subject.hook("on_epoch_end")
    except Exception as error:  # noqa: BLE001 - whatever a loader raises
        return Survey(f"reading its epochs raised {describe(error)}")
    if not epochs[0]:
        return Survey("it delivers no row at all")
    return Survey(None, tuple(epochs), max(sizes), inputs)
