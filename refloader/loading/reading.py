"""Read samples into the rows of a batch: decode or take from the cache, augment, scale.

This is all that a worker needs, so it is what is sent to one: no plan, no epoch, no framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from refloader.decoding.images import BadSample, Transform, read_image, scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from refloader.loading.cache import Cache
    from refloader.loading.sources import LabelledFiles
    from refloader.scale.manifest import Manifest
    from refloader.scale.remote import Elsewhere

Augment = Callable[["NDArray[np.uint8]", np.random.Generator], "NDArray[np.uint8]"]
#: The rows of a batch that could not be read, and why not.
Failures = List[Tuple[int, BadSample]]
_WORD = 2**32 - 1
#: Bytes that are made floats in one go: NumPy takes as long for a small row as for some of them, and
#: what was just written is still in the processor's cache.
_AT_ONCE = 2**16
_DOMAIN = 0x61756700  # Keeps these numbers apart from those of the shuffle.


class InSample(Exception):  # noqa: N818 - it is no error, it says where one was met
    """The `__cause__` of an exception that is not about a file: which sample was being read."""


class Reader(NamedTuple):
    """Reads samples of labelled files.

    :param files: where the samples are.
    :param shape: (height, width, channels) of a row.
    :param transform: how a file becomes a row.
    :param augment: called with a row, uint8, its own to change, and a generator whose numbers are
        a function of seed, epoch and sample alone; returns a row of the same shape and type.
    :param seed: key of the augmentation.
    :param cache: rows that were decoded before, or None.
    :param elsewhere: what opens files that are not of this machine's file system, or None.
    """

    files: Union[LabelledFiles, Manifest]
    shape: Tuple[int, int, int]
    transform: Transform
    augment: Optional[Augment] = None
    seed: int = 0
    cache: Optional[Cache] = None
    elsewhere: Optional[Elsewhere] = None

    def fill(self, epoch: int, ids: NDArray[np.int64], out: NDArray[Any]) -> Failures:
        """Read samples into the rows of a batch, and return which of them could not be read.

        :param epoch: what the augmentation depends on, besides the sample.
        :param ids: int64 (k,), the samples.
        :param out: (k, height, width, channels), uint8 for 0..255, or float for 0..1. The row of
            a sample that cannot be read becomes 0.
        """
        if out.dtype == np.uint8 and out.flags.c_contiguous:
            return self.decode(epoch, ids, out)
        failures: Failures = []
        rows = max(1, _AT_ONCE // int(np.prod(self.shape)))
        scratch = np.empty((min(rows, len(ids)), *self.shape), np.uint8)
        for first in range(0, len(ids), rows):
            part = ids[first : first + rows]
            pixels = scratch[: len(part)]
            found = self.decode(epoch, part, pixels)
            failures += [(first + row, error) for row, error in found]
            scale(pixels, out[first : first + rows])
        return failures

    def decode(
        self,
        epoch: int,
        ids: NDArray[np.int64],
        out: NDArray[np.uint8],
        beginning: Optional[Callable[[int], None]] = None,
    ) -> Failures:
        """Read samples into rows of bytes, as `fill` does.

        :param beginning: called with the number of each row before it is read.
        """
        failures: Failures = []
        for row, sample in enumerate(ids.tolist()):
            if beginning is not None:
                beginning(row)
            try:
                self._read(epoch, sample, out[row])
            except BadSample as error:
                error.position = sample
                failures.append((row, error))
                out[row] = 0
            except Exception as error:  # noqa: BLE001 - whatever `augment` raises
                raise self.named(error, sample) from error.__cause__
        return failures

    def named(self, error: BaseException, sample: int, trace: str = "") -> BaseException:
        """Return the exception with the sample as its cause, if that is not said already."""
        if not isinstance(error.__cause__, InSample):
            error.__cause__ = InSample(f"sample {sample}, {self.files.path(sample)}{trace}")
        return error

    def _read(self, epoch: int, sample: int, pixels: NDArray[np.uint8]) -> None:
        if self.cache is None or not self.cache.get(sample, pixels):
            path = self.files.path(sample)
            opener = None if self.elsewhere is None else self.elsewhere.opener(path)
            read_image(path, pixels, self.transform, opener)
            if self.cache is not None:
                self.cache.put(sample, pixels)
        if self.augment is not None:
            pixels[...] = self._checked(self.augment(pixels, self._generator(epoch, sample)))

    def _generator(self, epoch: int, sample: int) -> np.random.Generator:
        # The seed comes last because it alone has no fixed number of words.
        words = [word for number in (epoch, sample) for word in (number & _WORD, number >> 32)]
        return np.random.Generator(np.random.PCG64([_DOMAIN, *words, self.seed]))

    def _checked(self, pixels: Any) -> NDArray[np.uint8]:
        shape, dtype = getattr(pixels, "shape", None), getattr(pixels, "dtype", None)
        if shape != self.shape or dtype != np.uint8:
            wanted = f"a uint8 array of shape {self.shape}"
            raise ValueError(f"augment must return {wanted}, not {dtype} {shape}")
        return pixels  # type: ignore[no-any-return]
