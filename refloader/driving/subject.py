"""The loader under test, built by its author's factory over samples with an identity."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Callable, Iterator, List, Optional, Tuple

import numpy as np

from refloader.contract.judging.questions import expected_length
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.data.image_files import SUFFIXES
from refloader.driving.data.samples import Samples
from refloader.driving.data.waste import waste_of
from refloader.driving.observing.nest import arrays_of, to_array
from refloader.driving.observing.observe import Identify
from refloader.driving.observing.recording import describe
from refloader.nest import like

#: (height, width) of pictures, in pixels.
SQUARE = (32, 32)
#: The author's factory: (samples, batch_size, seed) -> loader.
Factory = Callable[..., Any]


@dataclass(frozen=True)
class Bench:
    """What every drive is made with: the factory, the declared policy and the user's identify.

    traced -- modules in which readers are interleaved line by line too, beside the loader's own
    """

    factory: Factory
    policy: Policy
    folder: str
    identify: Optional[Identify] = None
    traced: Tuple[str, ...] = ()

    @contextlib.contextmanager
    def samples(self, scenario: Scenario, size: Tuple[int, int] = SQUARE) -> Iterator[Samples]:
        """Make the data set of a scenario and remove its files afterwards.

        size -- (height, width) of its pictures in pixels
        """
        made = Samples(
            scenario.n,
            classes=scenario.classes,
            seed=scenario.seed,
            dtype=scenario.dtype,
            folder=self.folder,
            image_size=size,
            shuffled_index=scenario.shuffled_index,
            same_names=scenario.same_names,
            odd_names=scenario.odd_names,
            suffixes=SUFFIXES[self.policy.formats],
            paired=self.policy.classes == "pairs",
        )
        try:
            yield made
        finally:
            made.put_away(waste_of(self.folder))

    def build(
        self,
        samples: Samples,
        scenario: Scenario,
        *,
        seed: Optional[int] = None,
        shard: Tuple[int, int] = (0, 1),
    ) -> Subject:
        """Let the factory build a loader; whatever it raises passes through.

        shard -- (rank, world size), given to factories whose policy says that they take it
        """
        chosen = scenario.seed if seed is None else seed
        more = {"shard": shard} if self.policy.shards else {}
        samples.another_call()
        made = self.factory(samples, scenario.batch_size, chosen, **more)
        return Subject(made, scenario, self.policy, self.traced, world=shard[1])


class Subject:
    """A loader of any kind, with one way to read it.

    An indexable loader is read by index; a generator is a stream, cut into epochs by the steps that
    the policy implies; arrays are cut into batches as a framework would cut them.

    world -- how many ranks share the data set, of which this is one
    """

    def __init__(
        self,
        loader: Any,
        scenario: Scenario,
        policy: Policy,
        traced: Tuple[str, ...] = (),
        *,
        world: int = 1,
    ) -> None:
        self._world = world
        self.traced = traced
        self.loader = loader
        self.scenario = scenario
        self.policy = policy
        self._stream: Optional[Iterator[Any]] = None

    def length(self) -> Any:
        """Return what the loader says its number of batches is (whatever type that has)."""
        if hasattr(type(self.loader), "__len__"):
            # Not len(): that would turn a float into a TypeError and hide what was returned.
            return type(self.loader).__len__(self.loader)
        return self.loader.num_batches

    def steps(self) -> int:
        """Return how many batches one epoch of this subject has; 0 where it cannot say."""
        if self.policy.kind == "generator":
            share = replace(self.scenario, batch_size=self.scenario.batch_size * self._world)
            return expected_length(share, self.policy)
        if self.policy.kind == "arrays":
            full, rest = divmod(len(self._arrays()[0]), self.scenario.batch_size)
            return full + bool(rest)
        length = self.length()
        return (
            int(length) if isinstance(length, (int, float)) or hasattr(length, "__index__") else 0
        )

    def read(self, index: int) -> Any:
        """Return the batch of this index, or the stream's next one."""
        if self.policy.kind == "generator":
            return next(self.stream())
        if self.policy.kind == "arrays":
            start = index * self.scenario.batch_size
            return self._sliced(slice(start, start + self.scenario.batch_size))
        return self.loader[index]

    def answer(self, index: int) -> Callable[[], Any]:
        """Read a batch now, and return a function that gives it, or raises what the read raised."""
        try:
            raw = self.read(index)
        except Exception as error:  # noqa: BLE001 - whatever a loader raises is its answer
            return partial(_raise, error)
        return lambda: raw

    def stream(self) -> Iterator[Any]:
        """Return the generator under test as one iterator."""
        if self._stream is None:
            self._stream = iter(self.loader() if callable(self.loader) else self.loader)
        return self._stream

    def iterator(self) -> Iterator[Any]:
        """Return an iterator over the batches: a stream's only one, or a new one of the loader's own."""
        return self.stream() if self.policy.kind == "generator" else iter(self.loader)

    def objects(self) -> Tuple[Any, Any]:
        """Return the loader and the stream that was taken of it, None where that is no other object."""
        return self.loader, None if self._stream is self.loader else self._stream

    def hook(self, name: str) -> Optional[str]:
        """Call an epoch hook where the loader has it, and return the error that it raised, if any.

        What a hook raises is judged where hooks are (training.hooks-tolerant); other drives go on.
        """
        method = getattr(self.loader, name, None)
        try:
            if self.policy.kind == "sequence" and callable(method):
                method()
        except Exception as error:  # noqa: BLE001 - whatever a hook raises is judged
            return describe(error)
        return None

    def _arrays(self) -> List[np.ndarray]:
        return [array for _, array in arrays_of(_rows(self.loader[0], slice(None)), "x")]

    def _sliced(self, chosen: slice) -> Tuple[Any, ...]:
        return tuple(_rows(part, chosen) for part in self.loader)


def _rows(nest: Any, chosen: slice) -> Any:
    """Return some rows of each array of x or y, which may be a dict or list of arrays."""
    if isinstance(nest, dict):
        return {name: _rows(part, chosen) for name, part in nest.items()}
    # A list of numbers, or of lists, is an array that is written out.
    if isinstance(nest, (tuple, list)) and any(len(getattr(part, "shape", ())) for part in nest):
        return like(nest, [_rows(part, chosen) for part in nest])
    return to_array(nest)[chosen]


def _raise(error: Exception) -> None:
    raise error
