"""From what a loader delivered to what the ledger keeps of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from refloader.contract.ledger import LONGEST_TARGET, Batch, Leaf
from refloader.driving.data.vector_code import is_vector, opposite
from refloader.driving.observing.alignment import Readings, aligned, views
from refloader.driving.observing.identity import Reading, read_leaf
from refloader.driving.observing.measures import measured
from refloader.driving.observing.nest import PARTS, arrays_of, bytes_of, digest, parts_of, structure
from refloader.driving.observing.picture_shapes import unrolled
from refloader.driving.observing.pixel_weights import weight_views
from refloader.errors import AdapterError


class UnidentifiedError(AdapterError):
    """The user's own recovery of identities fails."""


#: The user's own recovery: from a whole batch to the sample id of each row, None for no sample.
Identify = Callable[[Any], Sequence[Optional[int]]]
Ids = Tuple[Optional[int], ...]
# Some thousand bytes each.
MOST_KEPT = 1024
_KEPT: Dict[Tuple[str, str], Batch] = {}


def corrected(
    identify: Optional[Identify], correct: Callable[[Any, List[Optional[int]]], List[Optional[int]]]
) -> Optional[Identify]:
    """Return the user's own recovery with its answers corrected, None where there is none.

    correct -- from a batch and the ids that were told of its rows to those that count
    """
    if identify is None:
        return None
    asked = identify
    return lambda raw: correct(raw, list(asked(raw)))


def observe(raw: Any, identify: Optional[Identify] = None) -> Batch:
    """Return what the ledger keeps of one delivered batch, of whatever shape it is.

    Looked at once for equal bytes, as drives read the same batches often; the user's own recovery of
    identities is asked each time.
    """
    key = structure(raw), digest(raw)
    if identify is not None:
        return _observed(raw, key, identify)
    # Taken out once: another thread may clear it in between.
    batch = _KEPT.get(key)
    if batch is None:
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        batch = _KEPT[key] = _observed(raw, key)
    return batch


def _observed(raw: Any, key: Tuple[str, str], identify: Optional[Identify] = None) -> Batch:
    parts = parts_of(raw)
    leaves = [(name, array) for name, part in parts for name, array in arrays_of(part, name)]
    xs, ys, weights = (_arrays(parts, part) for part in PARTS)
    readings = {name: _read(array) for name, array in xs}
    readings.update((name, _read(unrolled(array))) for name, array in ys)
    ids, others, shown = _identities(raw, xs, ys, readings, identify)
    weighed = [_weights(array, len(ids)) for _, array in weights]
    return Batch(
        structure=key[0],
        leaves=tuple(_leaf(name, array) for name, array in leaves),
        ids=ids,
        other_ids=others,
        **measured(_by_row(dict(xs).get(shown), len(ids)), coded=identify is None),
        prints=_prints([array for _, array in xs], len(ids)),
        turns=_turns(readings.get(shown)) if identify is None else (),
        masks_aligned=aligned(ys, xs, weights, shown, readings),
        target_views=views(ys, shown, readings),
        weight_views=weight_views(weights, readings.get(shown), [readings[one] for one, _ in ys]),
        targets=_targets([array for name, array in ys if name not in others], len(ids)),
        companions=_targets(
            [array for name, array in xs if name != shown and not _seen(readings[name])], len(ids)
        ),
        partners=()
        if identify is None
        else _partners([name for name, _ in xs], readings, len(ids)),
        weights=weighed[0] if weighed else None,
        more_weights=tuple(one for one in weighed[1:] if one is not None),
        digest=key[1],
    )


def standardised_alone(batch: Batch) -> Batch:
    """Return a batch of the only sample there is: where its columns are standardised, all of them are 0.

    Nothing is left of its identity then, and nothing else could have come.
    """
    shapes = {leaf.shape[1:] for leaf in batch.leaves if leaf.name.startswith("x")}
    if batch.ids != (None,) or batch.spans != (0,) or not any(map(is_vector, shapes)):
        return batch
    return replace(batch, ids=(0,))


def _by_row(array: Optional[np.ndarray], rows: int) -> Optional[np.ndarray]:
    """Return the array if it has a row for each id that was told: joined graphs are one for several."""
    return array if array is not None and array.shape[:1] == (rows,) else None


def _arrays(parts: List[Tuple[str, Any]], wanted: str) -> List[Tuple[str, np.ndarray]]:
    return [pair for name, part in parts if name == wanted for pair in arrays_of(part, name)]


def _identities(
    raw: Any,
    xs: List[Tuple[str, np.ndarray]],
    ys: List[Tuple[str, np.ndarray]],
    readings: Readings,
    identify: Optional[Identify],
) -> Tuple[Ids, Dict[str, Ids], str]:
    """Return the ids by the first leaf of x that carries any, by every further leaf, and that first's name."""
    rows = xs[0][1].shape[0] if xs and xs[0][1].ndim else 0
    if identify is not None:
        # Of no rows, as some deliver past the end, there is nothing to ask.
        told = _told(identify, raw, xs + ys) if rows else ()
        showing = (name for name, _ in xs if _ids(readings[name]) == told)
        return told, {}, next(showing, xs[0][0] if xs else "")
    read = {name: tuple(reading.ids) for name, reading in readings.items() if reading}
    found = {name: ids for name, ids in read.items() if ids and set(ids) != {None}}
    first = next((name for name, _ in xs if name in found), None)
    if first is None:
        return (None,) * rows, found, xs[0][0] if xs else ""
    mine, arrays = found.pop(first), dict(xs + ys)
    others = {name: _not_inverted(ids, mine, arrays[name]) for name, ids in found.items()}
    return mine, others, first


def _told(identify: Identify, raw: Any, leaves: List[Tuple[str, np.ndarray]]) -> Ids:
    try:
        return tuple(None if found is None else int(found) for found in identify(raw))
    except Exception as error:
        if type(error) is LookupError:  # of a batch that says too little, as x alone does
            raise
        name = getattr(identify, "__name__", type(identify).__name__)
        shown = ", ".join(f"{leaf} {array.shape}" for leaf, array in leaves)
        msg = (
            f"{name}, given as identify=, returns no sequence of ids for a batch of {shown}: "
            f"{type(error).__name__}: {error}"
        )
        raise UnidentifiedError(msg) from error


def _not_inverted(ids: Ids, mine: Ids, array: np.ndarray) -> Ids:
    """Return the ids of a further leaf, read the other way round if it is the first one's opposite."""
    opposites = tuple(None if sample is None else opposite(sample) for sample in mine)
    return mine if ids == opposites and is_vector(array.shape[1:]) else ids


def _leaf(name: str, array: np.ndarray) -> Leaf:
    dtype = str(array.dtype)
    if array.dtype.hasobject and all(isinstance(one, (str, bytes)) for one in array.flat):
        dtype = "object of text"
    if array.dtype.kind not in "fc" or np.isfinite(array).all():
        return Leaf(name, dtype, tuple(array.shape), centred=_is_centred(array))
    return Leaf(
        name, dtype, tuple(array.shape), _rows_with(np.isnan(array)), _rows_with(np.isinf(array))
    )


def _is_centred(array: np.ndarray) -> bool:
    """Say whether each column has a mean of 0, but for what rounding leaves of it."""
    if array.dtype.kind != "f" or array.ndim < 2 or not array.size:  # noqa: PLR2004 - rows and columns
        return False
    nothing = max(1e-4, 4 * float(np.finfo(array.dtype).eps)) * np.abs(array).max()
    return bool(0 < nothing >= np.abs(array.mean(axis=0, dtype=np.float64)).max())


def _rows_with(found: np.ndarray) -> Tuple[int, ...]:
    rows = np.atleast_1d(found)
    return tuple(np.flatnonzero(rows.reshape(len(rows), -1).any(axis=1)).tolist())


def _turns(reading: Optional[Reading]) -> Tuple[Optional[int], ...]:
    """Return how each picture lies; () where these are none."""
    turns = () if reading is None else tuple(reading.turns)
    return turns if any(turn is not None for turn in turns) else ()


def _prints(xs: List[np.ndarray], rows: int) -> Tuple[str, ...]:
    if any(array.shape[:1] != (rows,) for array in xs):
        return ()
    # As slices: a row of an array of objects is the object.
    return tuple(_print(*(array[row : row + 1] for array in xs)) for row in range(rows))


def _print(*values: np.ndarray) -> str:
    return hashlib.blake2b(b"".join(map(bytes_of, values)), digest_size=6).hexdigest()


def _read(array: np.ndarray) -> Optional[Reading]:
    """Return what an array says of its rows, None where it can say nothing."""
    return None if array.dtype.hasobject else read_leaf(array)


def _targets(ys: List[np.ndarray], rows: int) -> Tuple[Any, ...]:
    if not ys or any(array.shape[:1] != (rows,) for array in ys):
        return ()
    return tuple(zip(*map(_plain_rows, ys)))


def _plain_rows(array: np.ndarray) -> List[Any]:
    """Return what `_plain` says of each row; of a column of numbers all at once."""
    if array.ndim == 1 and array.dtype.kind in "biuf":
        return [round(value, 6) for value in array.astype(np.float64).tolist()]
    return [_plain(row) for row in array]


def _plain(value: np.ndarray) -> Any:
    """Return one row of y as nested tuples of plain values, exact to six digits; a long one's hash."""
    value = np.asarray(value)
    if value.size > LONGEST_TARGET:
        return _print(value)
    if value.ndim:
        return tuple(_plain(part) for part in value)
    if value.dtype.kind in "biuf":
        return round(float(value), 6)
    return str(value)


def _weights(array: np.ndarray, rows: int) -> Optional[Tuple[float, ...]]:
    if array.shape[:1] != (rows,) or not rows:
        return None
    # Of weights for each pixel or step, some of which are 0 on purpose, the row's own is the largest.
    try:
        return tuple(float(weight) for weight in array.reshape(rows, -1).max(axis=1))
    except (TypeError, ValueError):  # texts weigh nothing; what they are is told by their dtype
        return None


def _ids(reading: Optional[Reading]) -> Optional[Ids]:
    return tuple(reading.ids) if reading else None


def _seen(reading: Optional[Reading]) -> bool:
    return reading is not None and set(reading.ids) != {None}


def _partners(inputs: List[str], readings: Readings, rows: int) -> Tuple[Ids, ...]:
    """Return the ids that leaves of x carry, a tuple for each of them: the members of pairs."""
    read = [tuple(reading.ids) for name in inputs for reading in [readings[name]] if reading]
    return tuple(ids for ids in read if len(ids) == rows and set(ids) - {None})
