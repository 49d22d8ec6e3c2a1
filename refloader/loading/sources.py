"""Where samples come from: image files with their labels, in a form that worker processes share."""

from __future__ import annotations

import hashlib
import json
import numbers
import os
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from refloader.arguments import finite
from refloader.scale.places import Root

if TYPE_CHECKING:
    import pandas as pd

_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")


class LabelledFiles:
    """Paths, class indexes and weights of n samples.

    There is one block of bytes instead of n strings: a worker process that merely looks at a string
    changes its reference count, and so comes to copy the page of memory it is in.

    :param paths: n file names.
    :param labels: n class indexes.
    :param classes: the names of the classes, in the order of their indexes.
    :param weights: n sample weights, or None.
    """

    def __init__(
        self,
        paths: Sequence[str],
        labels: Iterable[int],
        classes: Sequence[Any],
        weights: Optional[Iterable[float]] = None,
    ) -> None:
        self._prefix = os.path.commonprefix(paths)  # noqa: RUF071 - may end within a name
        tails = [os.fsencode(path[len(self._prefix) :]) for path in paths]
        ends = np.cumsum([len(tail) for tail in tails], dtype=np.int64)
        self._text = b"".join(tails)
        self._ends = ends.astype(np.uint32) if len(self._text) < 2**32 else ends
        self.labels = np.array(list(labels), np.int64)
        self.classes = tuple(classes)
        self.weights = None if weights is None else np.array(list(weights), np.float32)
        self._fingerprint = ""

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.labels)

    def path(self, sample: int) -> str:
        """Return the file name of a sample, 0..n-1."""
        start = int(self._ends[sample - 1]) if sample else 0
        return self._prefix + os.fsdecode(self._text[start : int(self._ends[sample])])

    def names(self) -> bytes:
        """Return what tells these file names, in their order, from others of another data set.

        What all names have in common counts for nothing, so the data may move to another folder.
        """
        return self._ends.astype("<i8").tobytes() + self._text

    def fingerprint(self) -> str:
        """Return what tells these samples from others: names, labels, weights and their order."""
        if self._fingerprint:
            return self._fingerprint
        classes = json.dumps([str(name) for name in self.classes]).encode()
        digest = hashlib.sha256(self.names() + self.labels.astype("<i8").tobytes() + classes)
        if self.weights is not None:
            digest.update(self.weights.astype("<f4").tobytes())
        self._fingerprint = digest.hexdigest()[:32]
        return self._fingerprint


def from_frame(
    frame: pd.DataFrame,
    *,
    root: Optional[str] = None,
    classes: Optional[Sequence[Any]] = None,
    anchored: bool = True,
) -> LabelledFiles:
    """Take samples from a table, in its order; its index plays no part.

    :param frame: columns `path` and `label`, and if there is one, `weight`. Labels that are whole
        numbers from 0 on are class indexes. Labels that are strings are numbered in sorted order.
    :param root: the folder that relative paths start from, by default the current one. If it is
        said, no path may leave it, neither by `..` nor by a link.
    :param classes: all classes in the order of their indexes, for a frame that may lack some.
    :param anchored: whether paths are of this machine's file system, unless they are URLs.
    :raises ValueError: if a column is missing or there twice, a value is missing, a weight is not
        a finite number, a label is of another kind or not among the classes, or a path leaves the root.
    """
    base = Root(root, anchored=anchored)
    paths = [base.path(os.fsdecode(path), row) for row, path in enumerate(_column(frame, "path"))]
    labels, classes = _encode(_column(frame, "label"), classes)
    weights = _column(frame, "weight") if "weight" in frame.columns else None
    if weights is not None:
        weights = finite(weights, "column 'weight' of the frame").tolist()
    return LabelledFiles(paths, labels, classes, weights)


def from_directory(path: str, *, classes: Optional[Sequence[str]] = None) -> LabelledFiles:
    """Take samples from a folder of class folders; the label of a file is its class folder's index.

    :param path: a folder with a folder for each class, which holds image files at any depth.
        Files of other kinds and hidden ones are left out. Files are in sorted order.
    :param classes: the class folders in the order of their indexes, by default all, by name.
    :raises ValueError: if there is no class folder, or not the one named, or no image in any.
    """
    root = Path(path).absolute()
    if not root.is_dir():
        raise ValueError(
            f"there is no folder {str(root)!r}; a folder of class folders was expected"
        )
    folders = sorted(entry.name for entry in root.iterdir() if entry.is_dir() and _visible(entry))
    names = folders if classes is None else list(classes)
    absent = [name for name in names if name not in folders]
    if absent or not names:
        missing = ", ".join(map(repr, absent)) or "any folder at all"
        raise ValueError(f"{root} must hold a folder for each class; it lacks {missing}")
    files = [_images_below(root / name) for name in names]
    if not any(files):
        kinds = " ".join(_SUFFIXES)
        raise ValueError(f"no class folder of {root} holds an image; names end with one of {kinds}")
    labels = np.repeat(np.arange(len(names)), [len(found) for found in files])
    return LabelledFiles(list(chain.from_iterable(files)), labels, names)


def _images_below(folder: Path) -> List[str]:
    # A link to a folder below this one is not followed, or a circle of them would have no end. A
    # link or a pipe that is named like an image is a sample: it has to be read to be reported.
    found = (
        os.path.join(place, name)  # noqa: PTH118 - there may be millions
        for place, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(_SUFFIXES) and not name.startswith(".")
    )
    return sorted(found)


def _visible(path: Path) -> bool:
    return not path.name.startswith(".")


def _column(frame: pd.DataFrame, name: str) -> List[Any]:
    count = list(frame.columns).count(name)
    if count != 1:
        present = ", ".join(map(str, frame.columns))
        raise ValueError(f"the frame must have one column {name!r}, not {count}; it has {present}")
    missing = np.flatnonzero(frame[name].isna())
    if missing.size:
        raise ValueError(f"column {name!r} of the frame has no value in row {missing[0]}")
    values: List[Any] = frame[name].tolist()
    return values


def _encode(labels: List[Any], classes: Optional[Sequence[Any]]) -> Tuple[List[int], Sequence[Any]]:
    """Return the class index of each label, and the classes."""
    # A column of whole numbers becomes one of floats as soon as it has held a gap.
    labels = [int(v) if isinstance(v, float) and v.is_integer() else v for v in labels]
    if _all_whole(labels) and not (classes and _all_whole(classes)):
        return _checked(labels, len(classes) if classes else None, classes)
    if classes is None and not all(isinstance(label, str) for label in labels):
        raise ValueError("labels must be all whole numbers or all strings, or classes= be given")
    classes = sorted(set(labels)) if classes is None else classes
    return _numbered(labels, {name: index for index, name in enumerate(classes)}), classes


def _all_whole(values: Sequence[Any]) -> bool:
    return all(isinstance(value, numbers.Integral) for value in values)


def _checked(
    labels: List[int], count: Optional[int], classes: Optional[Sequence[Any]]
) -> Tuple[List[int], Sequence[Any]]:
    if count is None:
        count = max(labels, default=-1) + 1
    for row, label in enumerate(labels):
        if not 0 <= label < count:
            raise ValueError(f"label {label} in row {row} is not a class index in 0..{count - 1}")
    return labels, classes or range(count)


def _numbered(labels: List[Any], index: Dict[Any, int]) -> List[int]:
    for row, label in enumerate(labels):
        if label not in index:
            raise ValueError(f"label {label!r} in row {row} is not among the classes {list(index)}")
    return [index[label] for label in labels]
