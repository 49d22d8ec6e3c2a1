"""The record of one drive: what was asked of a loader and what it delivered.

A ledger holds no pixels, only what a requirement can judge; it is plain data, so that it crosses
processes and can be recorded in one place and judged in another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

#: A row of y with more values is a picture or a sequence: of it a hash is kept.
LONGEST_TARGET = 64


@dataclass(frozen=True)
class Scenario:
    """The data set and the request that a drive was made with.

    n -- samples in the data set; batch_size -- samples in a full batch; seed -- given to the
    factory; epochs -- passes that the drive made; classes -- label classes; dtype -- of the arrays;
    shuffled_index -- the frame's index is not 0..n-1, as after a split into train and test;
    same_names -- the files of all classes have the same names, each in its class's folder;
    odd_names -- the files' names have blanks, accents, brackets and other marks
    """

    n: int
    batch_size: int
    seed: int = 0
    epochs: int = 2
    classes: int = 2
    dtype: str = "float32"
    shuffled_index: bool = False
    same_names: bool = False
    odd_names: bool = False

    @property
    def remainder(self) -> int:
        """Samples in the last partial batch; 0 where the batches fill up evenly."""
        return self.n % self.batch_size

    def __str__(self) -> str:
        """Return the fields that matter to a reader, n and batch size first."""
        words = [f"n={self.n}", f"batch_size={self.batch_size}"]
        plain = Scenario(self.n, self.batch_size)
        words += [
            f"{name}={getattr(self, name)!r}"
            for name in ("seed", "classes", "dtype", "shuffled_index", "same_names", "odd_names")
            if getattr(self, name) != getattr(plain, name)
        ]
        return ", ".join(words)


@dataclass(frozen=True)
class Leaf:
    """One array of a batch: its place in the nest, its dtype and its whole shape.

    dtype -- ``object of text`` where an array of objects holds nothing but strings;
    nan_rows, infinite_rows -- the rows in which a value is no number, or is infinite;
    centred -- whether the mean over the rows is nothing, for each of a row's values
    """

    name: str
    dtype: str
    shape: Tuple[int, ...]
    nan_rows: Tuple[int, ...] = ()
    infinite_rows: Tuple[int, ...] = ()
    centred: bool = False


class View(NamedTuple):
    """A picture in y: in which of eight orientations it lies, and a hash over its bytes."""

    turn: int
    digest: str


@dataclass(frozen=True)
class Batch:
    """One delivered batch.

    structure -- the nesting, such as ``(x, y)``; leaves -- every array in it, x first;
    ids -- the sample of each row, None where the row is no sample of the data set;
    other_ids -- the same from further leaves of x or y that carry an identity, by leaf;
    spans -- the largest value of each row less its smallest, in the leaf that shows the ids;
    levels -- the mean of each row of the same leaf; prints -- a hash over the bytes of each row of x;
    steps -- of the same leaf, where it is a batch of sequences: how many steps of each row are no padding;
    padding -- and which of them, row by row, are;
    colours -- the same leaf's channels by their means, where it is a picture of three: for each row the
    channels 0 and 1, 0 and 2, 1 and 2, of which the first (1), the second (-1) or neither (0) is lighter;
    turns -- the same leaf's orientation, row by row, where it is a picture: one of eight, None where unknown;
    masks_aligned -- for each mask in y or x, and the weights of pixels, whether it lies as the picture does,
    turned, flipped and moved as it is, row by row;
    target_views -- how each row of the other pictures in y lies, None where unknown;
    weight_views -- how the picture of each row lies, beside a hash of what its pixels weigh, None likewise;
    targets -- y of each row as plain values, leaf by leaf; companions -- the same of the leaves of x
    beside the one that shows the ids, if they carry no identity;
    partners -- where the user's own identify says the ids: what the leaves of x carry themselves;
    weights -- sample weight of each row, or None; more_weights -- those of further heads;
    digest -- a hash over the bytes of all leaves;
    digest_later -- the same, taken again at the end of the drive (None where the driver did not keep
    the batch)
    """

    structure: str
    leaves: Tuple[Leaf, ...]
    ids: Tuple[Optional[int], ...]
    other_ids: Dict[str, Tuple[Optional[int], ...]] = field(default_factory=dict)
    spans: Tuple[float, ...] = ()
    levels: Tuple[float, ...] = ()
    prints: Tuple[str, ...] = ()
    steps: Tuple[int, ...] = ()
    padding: Tuple[Tuple[int, ...], ...] = ()
    colours: Tuple[Tuple[int, ...], ...] = ()
    turns: Tuple[Optional[int], ...] = ()
    masks_aligned: Dict[str, Tuple[bool, ...]] = field(default_factory=dict)
    target_views: Dict[str, Tuple[Optional[View], ...]] = field(default_factory=dict)
    weight_views: Dict[str, Tuple[Optional[View], ...]] = field(default_factory=dict)
    targets: Tuple[Any, ...] = ()
    companions: Tuple[Any, ...] = ()
    partners: Tuple[Tuple[Optional[int], ...], ...] = ()
    weights: Optional[Tuple[float, ...]] = None
    more_weights: Tuple[Tuple[float, ...], ...] = ()
    digest: str = ""
    digest_later: Optional[str] = None

    def weight(self, row: int) -> float:
        """Return what a row weighs: the most of its heads, each of which trains by it; 1 without weights."""
        heads = (self.weights, *self.more_weights) if self.weights is not None else ()
        return max((head[row] for head in heads), default=1.0)


#: The phase in which all samples are read as one batch, whatever size the scenario names.
AT_ONCE = "at once"


@dataclass(frozen=True)
class Event:
    """One answer of the loader: a batch, or an error.

    phase -- what the driver was doing (``epoch``, ``again``, ``beyond``, ...); epoch -- the pass
    that it was in; index -- the index that was asked for, None where the next batch was taken
    """

    phase: str
    epoch: int
    index: Optional[int]
    batch: Optional[Batch] = None
    error: Optional[str] = None
    error_type: Optional[str] = None

    @property
    def where(self) -> str:
        """Name the read, for a witness."""
        asked = "the next batch" if self.index is None else f"batch {self.index}"
        beside = ", read with all samples in one batch" if self.phase == AT_ONCE else ""
        return f"{asked} of epoch {self.epoch}{beside}"

    @property
    def ids(self) -> Tuple[Optional[int], ...]:
        """The sample of each row that was delivered; of an error there are none."""
        return () if self.batch is None else self.batch.ids

    def weight(self, row: int) -> float:
        """Return what a row weighs, 1 where there is no batch to say it."""
        return 1.0 if self.batch is None else self.batch.weight(row)


#: Under this name it is noted that no other loader could be built over the same samples, and why.
UNBUILT = "no other loader"


@dataclass(frozen=True)
class Ledger:
    """What one drive recorded.

    driver -- its name, with the feeding where a framework pulled; events -- in order of arrival;
    lengths -- every answer to ``len()``, as (moment, repr, whole number or None);
    build_error -- what the factory raised, if it did; facts -- what else the driver noted, by name;
    hang -- the stacks, where the drive stood still and was ended;
    died -- how the driving process ended, where the loader took it down
    """

    driver: str
    scenario: Scenario
    events: Tuple[Event, ...] = ()
    lengths: Tuple[Tuple[str, str, Optional[int]], ...] = ()
    build_error: Optional[str] = None
    facts: Dict[str, Any] = field(default_factory=dict)
    hang: Optional[str] = None
    died: Optional[str] = None

    @property
    def damage(self) -> Optional[str]:
        """What was done to a file of the samples, None in drives that damage none."""
        if "damage" not in self.facts:
            return None
        return f"the file of sample {self.facts['bad']} is {self.facts['damage']}"

    def phase(self, *phases: str) -> List[Event]:
        """Return the events of these phases, in order."""
        return [event for event in self.events if event.phase in phases]

    def by_index(self, phase: str) -> Dict[Optional[int], Event]:
        """Return the events of a phase by the index that was asked for, the last one of each."""
        return {event.index: event for event in self.phase(phase)}

    def batches(self, *phases: str) -> List[Batch]:
        """Return the batches delivered in these phases (in all of them where none is named)."""
        chosen = self.phase(*phases) if phases else self.events
        return [event.batch for event in chosen if event.batch is not None]

    def within(self) -> List[Event]:
        """Return the events but for reads at indexes that there need not be, which are of no epoch."""
        return [event for event in self.events if event.phase not in ("beyond", "negative")]

    def passes(self, phase: str) -> List[List[Event]]:
        """Return the events of a phase, epoch by epoch."""
        epochs = sorted({event.epoch for event in self.phase(phase)})
        return [[event for event in self.phase(phase) if event.epoch == epoch] for epoch in epochs]
