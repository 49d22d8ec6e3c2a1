"""From what a loader delivered to what the ledger keeps of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from refloader.contract.ledger import LONGEST_TARGET, Batch, Leaf
from refloader.driving.identity import Reading, read_leaf
from refloader.driving.picture_shapes import channel_axis
from refloader.driving.vector_code import is_vector, opposite


class UnidentifiedError(Exception):
    """The user's own recovery of identities fails."""


#: The user's own recovery: from a whole batch to the sample id of each row, None for no sample.
Identify = Callable[[Any], Sequence[Optional[int]]]
Ids = Tuple[Optional[int], ...]
PARTS = ("x", "y", "sample_weight")
# A few hundred bytes each.
MOST_READ = 4096
_COLOURS = 3
#: Values that differ by a smaller share of their span are alike: JPEG and rounding do as much.
_ALIKE = 0.02
#: The shares of pixels at which one channel is lighter, where it is (bars around a picture are grey), and
#: where it is not; and of how many pixels they are taken.
_MOST, _FEW = 0.4, 0.02
_ENOUGH_PIXELS = 256
_READ: Dict[Tuple[str, Tuple[int, ...], bytes], Optional[Reading]] = {}


def observe(raw: Any, identify: Optional[Identify] = None) -> Batch:
    """Return what the ledger keeps of one delivered batch, of whatever shape it is."""
    parts = parts_of(raw)
    leaves = [(name, array) for name, part in parts for name, array in arrays_of(part, name)]
    xs, ys, weights = (_arrays(parts, part) for part in PARTS)
    ids, others, shown = _identities(raw, xs, ys, identify)
    weighed = [_weights(array, len(ids)) for _, array in weights]
    return Batch(
        structure=structure(raw),
        leaves=tuple(_leaf(name, array) for name, array in leaves),
        ids=ids,
        other_ids=others,
        spans=_spans(xs, shown) if identify is None else (),
        colours=_colours(dict(xs).get(shown)) if identify is None else (),
        turns=_turns(dict(xs).get(shown)) if identify is None else (),
        masks_aligned=_aligned(xs, ys, shown),
        targets=_targets([array for name, array in ys if name not in others], len(ids)),
        companions=_targets(
            [array for name, array in xs if name not in {shown, *others}], len(ids)
        ),
        partners=_partners(xs, len(ids)) if identify is not None else (),
        weights=weighed[0] if weighed else None,
        more_weights=tuple(one for one in weighed[1:] if one is not None),
        digest=digest(raw),
    )


def standardised_alone(batch: Batch) -> Batch:
    """Return a batch of the only sample there is: where its columns are standardised, all of them are 0.

    Nothing is left of its identity then, and nothing else could have come.
    """
    shapes = {leaf.shape[1:] for leaf in batch.leaves if leaf.name.startswith("x")}
    if batch.ids != (None,) or batch.spans != (0,) or not any(map(is_vector, shapes)):
        return batch
    return replace(batch, ids=(0,))


def digest(raw: Any) -> str:
    """Return a hash over the bytes, dtypes and shapes of every array in a batch."""
    hashed = hashlib.blake2b(digest_size=12)
    for name, array in arrays_of(raw, ""):
        hashed.update(f"{name} {array.dtype} {array.shape}".encode())
        hashed.update(_bytes(array))
    return hashed.hexdigest()


def arrays_of(nest: Any, name: str) -> Iterator[Tuple[str, np.ndarray]]:
    """Yield every array of a nest of dicts, tuples and lists, with its place."""
    if isinstance(nest, dict):
        for key in sorted(nest, key=str):
            yield from arrays_of(nest[key], f"{name}[{key!r}]")
    elif isinstance(nest, tuple) or (isinstance(nest, list) and _holds_arrays(nest)):
        for place, part in enumerate(nest):
            yield from arrays_of(part, f"{name}[{place}]")
    elif nest is not None:
        yield name, to_array(nest)


def to_array(leaf: Any) -> np.ndarray:
    """Return an array or tensor of any framework as a NumPy array."""
    if isinstance(leaf, np.ndarray):
        return leaf
    if hasattr(leaf, "detach"):
        leaf = leaf.detach().cpu()
    return np.asarray(leaf.numpy() if hasattr(leaf, "numpy") else leaf)


def structure(raw: Any) -> str:
    """Describe the nesting of a batch: ``(x, y)``, or ``(x, y) of x: {'image', 'meta'}``."""
    names = PARTS[: len(raw)] if isinstance(raw, (tuple, list)) and len(raw) <= len(PARTS) else ()
    if not names:
        return _outline(raw)
    opening, closing = "()" if isinstance(raw, tuple) else "[]"
    outer = opening + ", ".join(names) + ("," if len(names) == 1 else "") + closing
    nested = [
        f"{name}: {_outline(part)}"
        for name, part in zip(names, raw)
        if isinstance(part, (dict, tuple, list))
    ]
    return f"{outer} of {', '.join(nested)}" if nested else outer


def _outline(nest: Any) -> str:
    if isinstance(nest, dict):
        return "{" + ", ".join(repr(key) for key in sorted(nest, key=str)) + "}"
    if isinstance(nest, (tuple, list)):
        return f"{type(nest).__name__} of {len(nest)}"
    return type(nest).__name__


def parts_of(raw: Any) -> List[Tuple[str, Any]]:
    """Return x, y and weights of a batch with their names, without what holds nothing, as None does.

    A model whose losses are among its layers is fed (x, []).
    """
    if isinstance(raw, (tuple, list)) and 1 <= len(raw) <= len(PARTS):
        return [
            (name, part) for name, part in zip(PARTS, raw) if name == "x" or not _is_empty(part)
        ]
    return [("x", raw)]


def _is_empty(part: Any) -> bool:
    return isinstance(part, (dict, tuple, list)) and not part


def _arrays(parts: List[Tuple[str, Any]], wanted: str) -> List[Tuple[str, np.ndarray]]:
    return [pair for name, part in parts if name == wanted for pair in arrays_of(part, name)]


def _holds_arrays(nest: List[Any]) -> bool:
    return any(hasattr(part, "shape") or isinstance(part, (dict, list, tuple)) for part in nest)


def _identities(
    raw: Any,
    xs: List[Tuple[str, np.ndarray]],
    ys: List[Tuple[str, np.ndarray]],
    identify: Optional[Identify],
) -> Tuple[Ids, Dict[str, Ids], str]:
    """Return the ids by the first leaf of x that carries any, by every further leaf, and that first's name."""
    if identify is not None:
        return _told(identify, raw), {}, xs[0][0] if xs else ""
    read = {name: _identified(array) for name, array in xs + ys}
    found = {name: ids for name, ids in read.items() if ids and set(ids) != {None}}
    first = next((name for name, _ in xs if name in found), None)
    rows = xs[0][1].shape[0] if xs and xs[0][1].ndim else 0
    if first is None:
        return (None,) * rows, found, xs[0][0] if xs else ""
    mine, arrays = found.pop(first), dict(xs + ys)
    others = {name: _not_inverted(ids, mine, arrays[name]) for name, ids in found.items()}
    return mine, others, first


def _told(identify: Identify, raw: Any) -> Ids:
    try:
        return tuple(None if found is None else int(found) for found in identify(raw))
    except Exception as error:
        if type(error) is LookupError:  # of a batch that says too little, as x alone does
            raise
        name = getattr(identify, "__name__", type(identify).__name__)
        msg = f"{name}, given as identify=, returns no sequence of ids: {type(error).__name__}: {error}"
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
        return Leaf(name, dtype, tuple(array.shape))
    return Leaf(
        name, dtype, tuple(array.shape), _rows_with(np.isnan(array)), _rows_with(np.isinf(array))
    )


def _rows_with(found: np.ndarray) -> Tuple[int, ...]:
    rows = np.atleast_1d(found)
    return tuple(np.flatnonzero(rows.reshape(len(rows), -1).any(axis=1)).tolist())


def _colours(array: Optional[np.ndarray]) -> Tuple[Tuple[int, ...], ...]:
    """Say of each row of pictures of three channels which of each two is lighter; () for any other array.

    It is so at every pixel: of luminance and chrominance one is lighter here and the other there.
    """
    axis = None if array is None or array.dtype.kind not in "biuf" else channel_axis(array.shape)
    if array is None or not array.size or not axis or array.shape[axis] != _COLOURS:
        return ()
    values = np.moveaxis(array, axis, 1).reshape(len(array), _COLOURS, -1)
    pixels = values[:, :, :: max(1, values.shape[2] // _ENOUGH_PIXELS)].astype(np.float64)
    with np.errstate(invalid="ignore"):
        spans = np.ptp(pixels, axis=(1, 2))[:, None, None]
        gaps = pixels[:, [0, 0, 1]] - pixels[:, [1, 2, 2]]
        lighter, darker = ((sign * gaps > _ALIKE * spans).mean(axis=2) for sign in (1, -1))
    first, second = (lighter > _MOST) & (darker < _FEW), (darker > _MOST) & (lighter < _FEW)
    return tuple(tuple(row) for row in (first.astype(int) - second.astype(int)).tolist())


def _turns(array: Optional[np.ndarray]) -> Tuple[Optional[int], ...]:
    """Return how each picture lies; () where these are none."""
    reading = None if array is None else _read(array)
    turns = () if reading is None else tuple(reading.turns)
    return turns if any(turn is not None for turn in turns) else ()


def _spans(xs: List[Tuple[str, np.ndarray]], shown: str) -> Tuple[float, ...]:
    array = dict(xs).get(shown)
    if array is None or not array.ndim or not array.size or array.dtype.kind not in "biuf":
        return ()
    rows = array.reshape(len(array), -1)
    return tuple(np.subtract(rows.max(axis=1), rows.min(axis=1), dtype=np.float64).tolist())


def _aligned(
    xs: List[Tuple[str, np.ndarray]], ys: List[Tuple[str, np.ndarray]], shown: str
) -> Dict[str, Tuple[bool, ...]]:
    """Say of each row of each mask in y whether it lies as the picture does that shows the ids."""
    masks = {name: reading for name, array in ys for reading in [_read(array)] if reading}
    picture = _read(dict(xs)[shown]) if masks and shown else None
    if picture is None:
        return {}
    return {
        name: tuple(None in pair or pair[0] == pair[1] for pair in zip(picture.turns, mask.turns))
        for name, mask in masks.items()
        if mask.mask
    }


def _identified(array: np.ndarray) -> Optional[Ids]:
    reading = _read(array)
    return None if reading is None else tuple(reading.ids)


def _read(array: np.ndarray) -> Optional[Reading]:
    """Return what an array says of its rows, read once for equal bytes: drives read the same batches often."""
    if array.dtype.hasobject:
        return None
    key = (str(array.dtype), array.shape, hashlib.blake2b(_bytes(array), digest_size=16).digest())
    if key not in _READ:
        if len(_READ) >= MOST_READ:
            _READ.clear()
        _READ[key] = read_leaf(array)
    return _READ[key]


def _targets(ys: List[np.ndarray], rows: int) -> Tuple[Any, ...]:
    if not ys or any(array.shape[:1] != (rows,) for array in ys):
        return ()
    return tuple(tuple(_plain(array[row]) for array in ys) for row in range(rows))


def _plain(value: np.ndarray) -> Any:
    """Return one row of y as nested tuples of plain values, exact to six digits; a long one's hash."""
    value = np.asarray(value)
    if value.size > LONGEST_TARGET:
        return hashlib.blake2b(_bytes(value), digest_size=6).hexdigest()
    if value.ndim:
        return tuple(_plain(part) for part in value)
    if value.dtype.kind in "biuf":
        return round(float(value), 6)
    return str(value)


def _weights(array: np.ndarray, rows: int) -> Optional[Tuple[float, ...]]:
    if array.shape[:1] != (rows,) or not rows:
        return None
    # Of weights for each pixel or step, some of which are 0 on purpose, the row's own is the largest.
    return tuple(float(weight) for weight in array.reshape(rows, -1).max(axis=1))


def _partners(xs: List[Tuple[str, np.ndarray]], rows: int) -> Tuple[Ids, ...]:
    """Return the ids that leaves of x carry, a tuple for each of them: the members of pairs."""
    read = [_identified(array) for _, array in xs]
    return tuple(ids for ids in read if ids and len(ids) == rows and set(ids) != {None})


def _bytes(array: np.ndarray) -> bytes:
    if array.dtype.hasobject:
        return repr(array.tolist()).encode()
    return np.ascontiguousarray(array).tobytes()
