"""Which samples are in a batch: the arithmetic of an epoch, without data and without state."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Tuple, Union

import numpy as np

from refloader.arguments import flag, one_of, whole
from refloader.loading.permutation import stretch
from refloader.scale.environment import shard_from_environment

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAILS = ("deliver", "drop", "pad")
_MOST = 2**63 - 1


class _Rows(NamedTuple):
    start: int  # position in the epoch of the first real row
    real: int
    total: int


@dataclass(frozen=True, init=False)
class Plan:
    """The batches of one shard, as a pure function of epoch and index.

    The epoch is cut into global batches of `batch_size` times world size, the very batches that a
    single machine would have with that batch size. Each rank takes its contiguous slice of each.
    The real rows of a short last one are spread as evenly as possible, so ranks make equal steps.
    A batch of n = 10**9 costs what one of n = 10**3 does.

    :param n: number of samples, 0 or more.
    :param batch_size: rows in a full batch of this rank, 1 or more.
    :param seed: key of the shuffle, 0 or more.
    :param shuffle: whether each epoch has its own random order; else it is 0..n-1.
    :param tail: what becomes of a short last global batch: "deliver" as it is; "drop"; or "pad"
        with filled rows until it is full. Filled rows repeat samples and follow the real ones.
        With "deliver", a rank that would get no row gets one filled row. Only with "pad" have all
        ranks as many rows, so that the mean of their mean losses is that of one machine.
    :param shard: (rank, world size); or "environment", what `shard_from_environment` says now.
    :raises ValueError: if a parameter is not what is said here.
    """

    n: int
    batch_size: int
    seed: int
    shuffle: bool
    tail: str
    shard: Tuple[int, int]

    def __init__(
        self,
        n: int,
        batch_size: int,
        *,
        seed: int = 0,
        shuffle: bool = False,
        tail: str = "deliver",
        shard: Union[Tuple[int, int], str] = (0, 1),
    ) -> None:
        fields = {
            "n": whole("n", n, 0, _MOST),
            "batch_size": whole("batch_size", batch_size, 1),
            "seed": whole("seed", seed, 0),
            "shuffle": flag("shuffle", shuffle),
            "tail": one_of("tail", tail, _TAILS),
            "shard": _shard(shard),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        """Return the number of batches in an epoch, the same on every rank."""
        full, short = divmod(self.n, self._global_batch)
        return full + (short > 0 and self.tail != "drop")

    @property
    def fills(self) -> bool:
        """Whether rows may be filled, on any rank: then batches need weights to tell which."""
        short = self.n % self._global_batch
        return self.tail == "pad" or (self.tail == "deliver" and 0 < short < self.shard[1])

    def batch(self, epoch: int, index: int) -> NDArray[np.int64]:
        """Return the sample ids of a batch: int64, the real rows first, then the filled ones.

        :param epoch: 0 or more.
        :param index: 0..len-1; a negative one counts from the end.
        :raises IndexError: if there is no such batch.
        """
        epoch, rows = whole("epoch", epoch, 0), self._rows(index)
        ids = self._ordered(epoch, rows.start, rows.start + rows.real)
        missing = rows.total - rows.real
        if missing:
            beginning = self._ordered(epoch, 0, min(missing, self.n))
            ids = np.concatenate([ids, np.resize(beginning, missing)])
        return ids

    def _ordered(self, epoch: int, first: int, last: int) -> NDArray[np.int64]:
        """Return the samples at the positions first..last-1 of an epoch."""
        if self.shuffle:
            return stretch(first, last, self.n, self.seed, epoch)
        return np.arange(first, last, dtype=np.int64)

    def valid(self, epoch: int, index: int) -> int:
        """Return how many leading rows of the batch are real; the rest are to weigh 0."""
        whole("epoch", epoch, 0)
        return self._rows(index).real

    @property
    def _global_batch(self) -> int:
        return self.batch_size * self.shard[1]

    def _rows(self, index: int) -> _Rows:
        rank, world = self.shard
        first = self._checked(index) * self._global_batch
        share, extra = divmod(min(self._global_batch, self.n - first), world)
        start = first + rank * share + min(rank, extra)
        real = share + (rank < extra)
        return _Rows(start, real, self.batch_size if self.tail == "pad" else max(real, 1))

    def _checked(self, index: int) -> int:
        length = len(self)
        number = operator.index(index)
        if not -length <= number < length:
            raise IndexError(f"batch {number} of a plan with {length} batches")
        return number % length


def _shard(value: Any) -> Tuple[int, int]:
    if isinstance(value, str) and value == "environment":
        return shard_from_environment()
    if not isinstance(value, (tuple, list)) or len(value) != 2:  # noqa: PLR2004 - rank and world
        raise ValueError(f"shard must be a pair (rank, world size) or 'environment', not {value!r}")
    world = whole("the world size in shard", value[1], 1)
    return whole("the rank in shard", value[0], 0, world - 1), world
