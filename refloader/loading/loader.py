"""What all loaders share: batches by index, and the epoch.

A batch is a pure function of (epoch, index): that is `Loader.batch`, and every way of reading is a
line or two on top of it. So threads and processes may read in any order, and a framework may peek,
read ahead and throw away, without anything being lost, repeated or out of step.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional, Tuple

import numpy as np

from refloader.frameworks.bases import AnySequence, wait_for_what_was_asked
from refloader.loading.plan import Plan
from refloader.loading.state import restored, saved
from refloader.loading.stream import Batch, Place, Stream

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Loader(AnySequence):
    """Base of a loader: the plan says which samples a batch has, `_collate` what they are.

    It passes for a Sequence or PyDataset of any Keras. The attributes `workers`,
    `use_multiprocessing` and `max_queue_size` are the ones that Keras 3 reads.

    The epoch moves on in two ways. `on_epoch_end` raises it at once, however often and whenever a
    framework calls that, so the order may skip an epoch but never changes within one. Iteration is
    always of one whole epoch, held from its first batch to its last. Where no hook was called after
    an iteration had delivered its last batch, the next one moves the epoch on by itself; one that
    was broken off earlier has not moved anything.

    `state_dict` tells the next batch of iteration or of a stream, whichever delivered last: what was
    handed out counts as used, also where a framework has only read it ahead. After
    `load_state_dict` that epoch begins with that batch, in each iteration and stream, however often
    it is broken off. Reading by index does not move on within an epoch: there the epoch counts.

    :param plan: which samples are in which batch.
    :param weights: what has the samples' weights at an array of ids, such as float (n,), or None.
    :param weighted: whether batches carry weights even without any of the samples' own.
    """

    def __init__(self, plan: Plan, weights: Any = None, *, weighted: bool = False) -> None:
        self.plan = plan
        self.epoch = 0
        self._iterated = -1  # the last epoch of which iteration delivered the last batch
        self._begin: Place = (0, 0)  # an epoch, and with which of its batches it begins
        self._next: Place = (0, 0)  # what is delivered next, by iteration or a stream
        self._weights = weights
        self._weighted = weighted or weights is not None or plan.fills

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return len(self.plan)

    def __getitem__(self, index: int) -> Batch:
        """Return a batch of the current epoch; see `batch`."""
        return self.batch(self.epoch, index)

    def _one_epoch(self) -> Iterator[Batch]:
        if self._iterated == self.epoch:
            self.epoch += 1
        epoch, last = self.epoch, len(self) - 1
        for index in range(self._first(epoch), last + 1):
            batch, _ = self._deliver((epoch, index))
            if index == last:  # Before it is handed out, as nobody need ask for one more.
                self._iterated = epoch
            yield batch

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what the loader holds besides memory; it can still be read."""

    def on_epoch_end(self) -> None:
        """Move on to the next epoch."""
        wait_for_what_was_asked(sys._getframe())  # noqa: SLF001 - who calls counts
        self.epoch += 1
        self._next = (self.epoch, self._first(self.epoch))

    def state_dict(self, place: Optional[Place] = None) -> Dict[str, Any]:
        """Return where the loader is, of values that JSON knows; see the class.

        :param place: another place to tell instead: the (epoch, index) of the batch that is due. A
            training that counts its own steps knows it best, where a framework reads ahead.
        """
        return saved(self.plan, self._fingerprint(), *(place or self._next))

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Go on where another loader over the same samples was.

        :param state: what its `state_dict` returned.
        :raises ValueError: if it is of other samples, another batch size, seed, shuffle or tail,
            or in the middle of an epoch, of another number of shards.
        """
        self._begin = self._next = restored(state, self.plan, self._fingerprint())
        self.epoch, self._iterated = self._begin[0], -1

    def batch(self, epoch: int, index: int) -> Batch:
        """Return a batch of any epoch.

        :param epoch: 0 or more.
        :param index: 0..len-1; a negative one counts from the end.
        :returns: (x, y) or (x, y, weights), of arrays that are the caller's to keep and change.
        :raises IndexError: if there is no such batch.
        """
        ids = self.plan.batch(epoch, index)
        weights = self._weights_of(ids)
        weights[self.plan.valid(epoch, index) :] = 0
        return self._collate(ids, weights, (epoch, range(len(self))[index]))

    def arrays(self) -> Batch:
        """Return the whole data set in its own order: (x, y) or (x, y, weights)."""
        ids = np.arange(self.plan.n, dtype=np.int64)
        return self._collate(ids, self._weights_of(ids), None)

    def generator(self) -> Stream:
        """Return an endless stream of whole epochs, from the current one on."""
        return Stream(self._deliver, (self.epoch, self._first(self.epoch)), len(self))

    def _first(self, epoch: int) -> int:
        return self._begin[1] if self._begin[0] == epoch else 0

    def _deliver(self, place: Place) -> Tuple[Batch, Place]:
        """Return a batch, and the place of the one after it."""
        batch = self.batch(*place)
        over, index = divmod(place[1] + 1, len(self))
        self._next = place[0] + over, index
        return batch, self._next

    def _fingerprint(self) -> str:
        """Return what tells the samples from others."""
        raise NotImplementedError

    def _weights_of(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        if self._weights is None:
            return np.ones(len(ids), np.float32)
        weights: NDArray[np.float32] = self._weights[ids].astype(np.float32)
        return weights

    def _collate(
        self, ids: NDArray[np.int64], weights: NDArray[np.float32], place: Optional[Place]
    ) -> Batch:
        """Return the batch of these samples; weights are delivered if `_weighted`.

        :param place: the batch's (epoch, index), or None if it is the whole data set.
        """
        raise NotImplementedError
