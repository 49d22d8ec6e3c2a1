"""Decode one image file into one row of a batch."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Pillow 9.1 moved the constants into enumerations.
_BILINEAR = getattr(Image, "Resampling", Image).BILINEAR
_TRANSPOSE = getattr(Image, "Transpose", Image)
_UPRIGHT = {  # EXIF orientation: what makes the picture upright
    2: _TRANSPOSE.FLIP_LEFT_RIGHT,
    3: _TRANSPOSE.ROTATE_180,
    4: _TRANSPOSE.FLIP_TOP_BOTTOM,
    5: _TRANSPOSE.TRANSPOSE,
    6: _TRANSPOSE.ROTATE_270,
    7: _TRANSPOSE.TRANSVERSE,
    8: _TRANSPOSE.ROTATE_90,
}
_FIRST_ON_ITS_SIDE = 5
_ORIENTATION = 0x0112
_SCALE = np.float32(1 / 255)
# These say that the machine is short of something, not that the file is bad.
_NOT_THE_FILE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class BadSample(ValueError):  # noqa: N818 - it names the thing, as the policy on_bad_sample does
    """A sample that cannot be read.

    :param path: the file.
    :param reason: what was wrong with it.
    :param position: the sample's id, once a loader knows it. The decoder's own exception is the
        `__cause__`.
    """

    def __init__(self, path: str, reason: str, position: Optional[int] = None) -> None:
        super().__init__(path, reason, position)  # all of them, or it would not unpickle
        self.path, self.reason, self.position = path, reason, position

    def __str__(self) -> str:
        sample = "" if self.position is None else f"sample {self.position}: "
        return f"{sample}cannot read {self.path}: {self.reason}"


def read_image(path: str, out: NDArray[Any], mode: str) -> None:
    """Decode a file into a row, resized with an antialiasing bilinear filter and upright by EXIF.

    :param path: a file in any format that Pillow reads; of several frames the first is taken.
    :param out: (height, width, channels), uint8 for 0..255, or float32 or float16 for 0..1. It is
        written only when all else went well.
    :param mode: "RGB" for three channels, "L" for one.
    :raises BadSample: if the file is missing, truncated, not an image, or dangerously large.
    """
    try:
        image = _decode(path, out.shape[1], out.shape[0], mode)
    except Exception as error:  # Pillow's plugins raise anything at all on hostile bytes.
        if isinstance(error, MemoryError) or getattr(error, "errno", None) in _NOT_THE_FILE:
            raise
        raise BadSample(path, f"{type(error).__name__}: {error}") from error
    _write(image, out)


def _decode(path: str, width: int, height: int, mode: str) -> Image.Image:
    with Image.open(path) as opened:
        # JPEG can be decoded at 1/2, 1/4 or 1/8 of its size. The longer side is asked of both, as
        # the orientation is known for sure only after loading.
        opened.draft(mode, (max(width, height), max(width, height)))
        opened.load()
        orientation = opened.getexif().get(_ORIENTATION, 1)
        image: Image.Image = opened
        if image.mode[0] in "IF":
            raise ValueError(f"pixels of mode {image.mode} have no agreed 8-bit scale")
        if image.mode != mode:
            image = image.convert(mode)
        on_its_side = orientation in _UPRIGHT and orientation >= _FIRST_ON_ITS_SIDE
        size = (height, width) if on_its_side else (width, height)
        if image.size != size:
            image = image.resize(size, _BILINEAR, reducing_gap=2.0)
        # Last, because the picture is smallest now.
        return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _write(image: Image.Image, out: NDArray[Any]) -> None:
    pixels = np.asarray(image).reshape(out.shape)
    if out.dtype == np.uint8:
        out[...] = pixels
    else:
        # The type is said because NumPy 1 would take uint8 times a small number for float16.
        np.multiply(pixels, _SCALE, out=out, dtype=np.float32, casting="same_kind")
