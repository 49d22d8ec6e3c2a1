"""The loader for data that is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterator, Optional, Tuple, Union

import numpy as np

from refloader.arguments import finite
from refloader.loading.loader import Loader
from refloader.loading.memory import Memory
from refloader.loading.plan import Plan
from refloader.loading.stream import Batch, Place
from refloader.nest import like

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ArrayLoader(Loader):
    """Load batches from arrays.

    :param x: an array (n, ...), or a dict, tuple or list of such, nested at will.
    :param y: the targets, likewise; None if there are none, then batches are `(x,)`.
    :param weights: numbers (n,), the samples' weights; then batches are `(x, y, weights)`, as
        they are when the plan has filled rows.
    :param batch_size: rows in a full batch.
    :param shuffle: whether each epoch has its own random order.
    :param seed: key of the shuffle.
    :param tail: "deliver", "drop" or "pad", see `Plan`.
    :param shard: (rank, world size) or "environment", see `Plan`.
    :raises ValueError: if lengths differ, a leaf has no first axis, or weights come without y or
        are not finite numbers.
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        weights: Any = None,
        *,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = 0,
        tail: str = "deliver",
        shard: Union[Tuple[int, int], str] = (0, 1),
    ) -> None:
        self._x = _map(np.asarray, x)
        self._y = None if y is None else _map(np.asarray, y)
        weights = None if weights is None else finite(weights, "weights")
        n = _common_length(self._x, self._y, weights)
        plan = Plan(n, batch_size, seed=seed, shuffle=shuffle, tail=tail, shard=shard)
        super().__init__(plan, weights)
        self._memory = Memory()
        if y is None and self._weighted:
            raise ValueError("weights, given or of filled rows, need y: a batch is (x, y, weights)")

    def _fingerprint(self) -> str:
        named = [*_leaves("x", self._x), *_leaves("y", self._y), *_leaves("weights", self._weights)]
        return "; ".join(f"{name} {leaf.dtype.str} {leaf.shape}" for name, leaf in named)

    def _collate(
        self,
        ids: NDArray[np.int64],
        weights: NDArray[np.float32],
        place: Optional[Place],
    ) -> Batch:
        memory = self._memory if place else Memory()  # that of a whole data set is not kept

        def rows(leaf: NDArray[Any]) -> NDArray[Any]:
            out = memory.empty((len(ids), *leaf.shape[1:]), leaf.dtype)
            # A batch never shares the source. All ids are in range: "clip" spares `take` a copy.
            return leaf.take(ids, axis=0, out=out, mode="clip")

        if self._y is None:
            return (_map(rows, self._x),)
        batch = (_map(rows, self._x), _map(rows, self._y))
        return (*batch, weights) if self._weighted else batch


def _map(function: Callable[[Any], Any], nest: Any) -> Any:
    if isinstance(nest, dict):
        return like(nest, [_map(function, value) for value in nest.values()])
    if isinstance(nest, (tuple, list)):
        return like(nest, [_map(function, value) for value in nest])
    return function(nest)


def _leaves(name: str, nest: Any) -> Iterator[Tuple[str, NDArray[Any]]]:
    if isinstance(nest, dict):
        for key, value in nest.items():
            yield from _leaves(f"{name}[{key!r}]", value)
    elif isinstance(nest, (tuple, list)):
        for position, value in enumerate(nest):
            yield from _leaves(f"{name}[{position}]", value)
    elif nest is not None:
        yield name, nest


def _common_length(x: Any, y: Any, weights: Optional[NDArray[Any]]) -> int:
    named = [*_leaves("x", x), *_leaves("y", y), *_leaves("weights", weights)]
    if weights is not None and weights.ndim != 1:
        raise ValueError(f"weights must have shape (n,), not {weights.shape}")
    for name, leaf in named:
        if leaf.ndim == 0:
            msg = f"{name} must be an array with a first axis, not {leaf!r}"
            raise ValueError(f"{msg} (a list is a nest of arrays: np.array([...]) makes it one)")
    if not any(True for _ in _leaves("x", x)):
        raise ValueError(f"x must hold an array, not {x!r}")
    lengths = {name: len(leaf) for name, leaf in named}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"all arrays must have the same length, not {lengths}")
    return lengths[named[0][0]]
