"""The data set with an identity that the author's factory receives."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    List,
    NamedTuple,
    Sequence,
    Set,
    Tuple,
    TypeVar,
    Union,
)

import numpy as np

from refloader.arguments import whole
from refloader.contract.policy import nearest
from refloader.driving.data.codewords import CAPACITY
from refloader.driving.data.digests import changed_files, digest, digests_of_files
from refloader.driving.data.image_code import encode_images
from refloader.driving.data.image_files import SPAN, check_suffixes, file_names, tinted, write_image
from refloader.driving.data.parameters import feature_dtype, height_and_width
from refloader.driving.data.values import class_indexes, class_names, weights, wrong_index
from refloader.driving.data.vector_code import encode_vectors
from refloader.driving.data.waste import put_away

if TYPE_CHECKING:
    import pandas as pd

_Made = TypeVar("_Made")

#: What a factory may read of its samples.
OFFERED = (
    "arrays", "classes", "directory", "folder", "frame", "ids", "images", "labels", "paths", "weights",
)  # fmt: skip

_LEAST_PIXELS = {6: 16, 8: 24}


class Arrays(NamedTuple):
    """In-memory data: x (n, 48) of the drawn dtype, y int64 (n,) class indexes."""

    x: np.ndarray
    y: np.ndarray


class Truth(NamedTuple):
    """What belongs to each id: labels int64 (n,) class indexes, weights float32 (n,)."""

    labels: np.ndarray
    weights: np.ndarray


class Samples:
    """A synthetic data set of `n` samples, each carrying its id, of every kind at once.

    n -- how many samples, 0 to 65536; up to 4096 the picture code has `side` 6, then 8
    folder -- an existing folder, in which the image files get one of their own
    classes -- how many classes, at least 1; some may have no sample
    seed -- draws the labels
    dtype -- of `arrays.x`: "uint8" (values 0 and 255) or a float (0 and 1)
    image_size -- (height, width) in pixels, at least 16 each, 24 where `side` is 8
    suffixes -- given to the files in turn: ".jpg", ".jpeg", ".png"; ".JPG" is grey, ".PNG" RGBA
    shuffled_index -- the frame's index is right for no row: a permutation, or with an odd seed, each name twice
    same_names -- the files of each class have the same names, in a folder of their own; in it, each two
        differ in their suffixes alone
    odd_names -- the files' names have blanks, accents, brackets and other marks
    paired -- no class has a single sample; of four samples or more, two classes or more have some

    Everything is made when first asked for, and every later request gives the very same object; only
    `folder` is another one for each call of the factory.
    A pickle holds the parameters alone; the copy finds or writes the same files.
    Raises ValueError for a parameter that is not as said here, TypeError for a size that is no pair.
    """

    def __init__(
        self,
        n: int,
        *,
        folder: Union[str, Path],
        classes: int = 3,
        seed: int = 0,
        dtype: str = "float32",
        image_size: Tuple[int, int] = (32, 32),
        suffixes: Sequence[str] = (".jpg", ".png"),
        shuffled_index: bool = False,
        same_names: bool = False,
        odd_names: bool = False,
        paired: bool = False,
    ) -> None:
        self._n = whole("n", n, 0, max(CAPACITY.values()))
        self.n_classes = whole("classes", classes, 1, SPAN)
        self._seed = whole("seed", seed, 0, 2**64 - 1)
        self.side = min(side for side, most in CAPACITY.items() if self._n <= most)
        self._dtype = feature_dtype(dtype)
        self._image_size = height_and_width(image_size, _LEAST_PIXELS[self.side])
        self._suffixes = check_suffixes(suffixes)
        self._shuffled_index = bool(shuffled_index)
        self._same_names = bool(same_names)
        self._odd_names = bool(odd_names)
        self._paired = bool(paired)
        self._root = Path(folder).absolute() / f"samples-{uuid.uuid4().hex[:12]}"
        self._scratch = self._root.with_name(f"made-{uuid.uuid4().hex[:12]}")
        self._wrote_files = False
        self.another_call()
        self._made: Dict[str, Any] = {}
        self._first: Dict[str, str] = {}
        self._files: Dict[str, str] = {}
        self.used: Set[str] = set()  #: names of the attributes below that were read so far

    def __getattr__(self, name: str) -> Any:
        """Say what samples have, where they are asked for something else."""
        if name.startswith("_") or name in OFFERED:
            # An error from within: it is raised again as it was.
            return object.__getattribute__(self, name)
        raise AttributeError(f"samples have no {name!r}{nearest(name, OFFERED)}")

    def __len__(self) -> int:
        return self._n

    @property
    def asked_for_files(self) -> bool:
        """Whether paths of files were asked for, which may be bad."""
        return not self.used.isdisjoint(("paths", "frame", "directory"))

    def __enter__(self) -> Samples:  # noqa: PYI034 - Self is too new for Python 3.7
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> Dict[str, Any]:
        return dict(self.__dict__, _made={}, _first={}, _files={}, used=set(), _wrote_files=False)

    @property
    def ids(self) -> np.ndarray:
        """The ids in canonical order: int64 (n,), 0 to n - 1."""
        return self._handed("ids", lambda: np.arange(self._n, dtype=np.int64))

    @property
    def labels(self) -> List[Any]:
        """The label of each sample in canonical order; neighbours always differ."""
        return self._handed("labels", lambda: self._class_indexes().tolist())

    @property
    def classes(self) -> List[Any]:
        """Every label there is, in the order of the class indexes, which is the sorted order."""
        return self._handed("classes", lambda: list(range(self.n_classes)))

    @property
    def weights(self) -> np.ndarray:
        """A weight for each sample: float32 (n,), all different, from 0.5 up to 1.5."""
        return self._handed("weights", lambda: weights(self._n))

    @property
    def paths(self) -> List[str]:
        """The image file of each sample in canonical order (which is not the names' order)."""
        return self._handed("paths", self._written_paths)

    @property
    def directory(self) -> str:
        """The folder of image files, with one folder for each class, also where it is empty."""
        return self._handed("directory", self._written_directory)

    @property
    def folder(self) -> str:
        """A folder for the files that a factory makes of its samples, a new one in each call of it."""
        self.used.add("folder")
        self._made_in.mkdir(parents=True, exist_ok=True)
        return str(self._made_in)

    def another_call(self) -> None:
        """Have `folder` be one that no call of the factory has written to."""
        self._made_in = self._scratch / uuid.uuid4().hex[:12]

    @property
    def frame(self) -> pd.DataFrame:
        """The columns path and label in canonical order."""
        return self._handed("frame", self._frame)

    @property
    def arrays(self) -> Arrays:
        """The samples as feature vectors and class indexes."""
        return self._handed("arrays", self._arrays)

    @property
    def images(self) -> np.ndarray:
        """The samples as pictures in memory: uint8 (n, height, width, 3), RGB."""
        return self._handed("images", self._images)

    @property
    def truth(self) -> Truth:
        """What belongs to each id, for the judge: fresh arrays that no loader has seen."""
        return Truth(self._class_indexes(), weights(self._n))

    def fingerprint(self) -> Dict[str, str]:
        """Return a hash of the contents of each object handed out so far, by attribute."""
        return {name: digest(made) for name, made in sorted(self._made.items())}

    def changed(self) -> List[str]:
        """Return the attributes whose objects are no longer as they were when first handed out."""
        now = self.fingerprint()
        return [name for name, first in sorted(self._first.items()) if now[name] != first]

    def note_files(self) -> None:
        """Take the files as they are now for what was handed out."""
        self._files = digests_of_files(self._root)

    def note_added_files(self) -> None:
        """Take what was written beside the files until now, as by a factory, for the user's own too."""
        self._files.update(digests_of_files(self._root, self._files))

    def changed_files(self) -> Dict[str, List[str]]:
        """Return the names of files that are changed, removed or added since, by what was done."""
        return changed_files(self._files, digests_of_files(self._root)) if self._wrote_files else {}

    def close(self) -> None:
        """Remove the image files, if it was this object that wrote them."""
        for folder in self._done_with():
            shutil.rmtree(str(folder), ignore_errors=True)

    def put_away(self, waste: Path) -> None:
        """Move what `close` removes into this folder."""
        for folder in self._done_with():
            put_away(folder, waste)

    def _done_with(self) -> List[Path]:
        mine = [self._root, self._scratch] if self._wrote_files else [self._scratch]
        self._wrote_files = False
        return mine

    def _handed(self, name: str, make: Callable[[], _Made]) -> _Made:
        """Return the one object of this name, and note that it was asked for."""
        self.used.add(name)
        if name not in self._made:
            self._made[name] = make()
            self._first[name] = digest(self._made[name])
        found: _Made = self._made[name]
        return found

    def _class_indexes(self) -> np.ndarray:
        return class_indexes(self._n, self._seed, self.n_classes, paired=self._paired)

    def _paths(self, root: Path) -> List[str]:
        folders, indexes = class_names(self.n_classes), self._class_indexes().tolist()
        names = file_names(indexes, self._suffixes, same=self._same_names, odd=self._odd_names)
        return [f"{root}/{folders[index]}/{name}" for index, name in zip(indexes, names)]

    def _written_paths(self) -> List[str]:
        self._write_files()
        return self._paths(self._root)

    def _written_directory(self) -> str:
        self._write_files()
        return str(self._root)

    def _write_files(self) -> None:
        """Write all files, unless the folder exists: it is complete, or damaged on purpose."""
        if self._root.exists():
            return
        draft = self._root.with_name(f"draft-{uuid.uuid4().hex[:12]}")
        for name in class_names(self.n_classes):
            (draft / name).mkdir(parents=True)
        for sample, path in enumerate(self._paths(draft)):
            write_image(path, sample, self._image_size, self.side)
        try:
            draft.rename(self._root)
        except OSError:
            # A copy of this data set in another process may have been the first.
            shutil.rmtree(str(draft))
            if not self._root.exists():
                raise
        else:
            self._wrote_files = True
            self.note_files()

    def _frame(self) -> pd.DataFrame:
        # Imported here: it takes longer than all else, and only frame loaders need it.
        import pandas as pd  # noqa: PLC0415

        index = wrong_index(self._n, self._seed) if self._shuffled_index else np.arange(self._n)
        paths = pd.Series(self._written_paths(), index, dtype=str)
        labels = pd.Series(self._class_indexes(), index, dtype=np.int64)
        frame: pd.DataFrame = pd.DataFrame({"path": paths, "label": labels})
        return frame

    def _arrays(self) -> Arrays:
        bits = encode_vectors(range(self._n))
        scale = 255 if self._dtype.kind == "u" else 1
        return Arrays((bits * scale).astype(self._dtype), self._class_indexes())

    def _images(self) -> np.ndarray:
        return tinted(encode_images(range(self._n), self._image_size, side=self.side))
