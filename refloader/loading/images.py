"""Decode one image file into one row of a batch."""

from __future__ import annotations

import errno
import os
import stat
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, NamedTuple, Optional, Tuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from refloader.loading.plan import one_of
from refloader.loading.png import pixels_are_missing

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
_AT_ONCE = 2**23  # bytes; a larger file is read as it is decoded, so it need not fit in memory
_SCALE = np.float32(1 / 255)
# Nothing else is decoded, whatever the name says: of what Pillow knows besides, some formats hardly
# anybody tests, and one starts another program.
_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")
# These say that the machine is short of something, not that the file is bad.
_NOT_THE_FILE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_CHOICES = {
    "mode": ("RGB", "L"),
    "resize": ("stretch", "crop", "pad"),
    "resample": ("antialias", "bilinear"),
    "decoder": ("pillow", "turbo"),
}


class BadSample(ValueError):  # noqa: N818 - it names the thing, as the policy on_bad_sample does
    """A sample that cannot be read.

    :param path: the file.
    :param reason: what was wrong with it.
    :param position: the sample's id, once a loader knows it. The decoder's own exception is the
        `__cause__`, unless it was met in another process.
    """

    def __init__(self, path: str, reason: str, position: Optional[int] = None) -> None:
        super().__init__(path, reason, position)  # all of them, or it would not unpickle
        self.path, self.reason, self.position = path, reason, position

    def __str__(self) -> str:
        sample = "" if self.position is None else f"sample {self.position}: "
        return f"{sample}cannot read {self.path}: {self.reason}"


class Transform(NamedTuple):
    """How the picture in a file becomes a row.

    :param mode: "RGB" for three channels, "L" for one.
    :param resize: "stretch" to the row's size; "crop" to its shape around the middle, then scale;
        or "pad", scaled until it fits inside, with black around it.
    :param resample: "antialias", each pixel a weighted mean of all that it covers; or "bilinear",
        of the four that are nearest, as TensorFlow resizes unless told otherwise.
    :param decoder: "pillow", or "turbo" for JPEG by way of simplejpeg, an extra. It is faster and
        stricter: a JPEG whose data end early, but with a proper end marker, is a bad sample for
        it, while Pillow fills the rest with grey and does not tell.
    """

    mode: str = "RGB"
    resize: str = "stretch"
    resample: str = "antialias"
    decoder: str = "pillow"

    @property
    def channels(self) -> int:
        """Number of channels of a row."""
        return len(self.mode)

    def checked(self) -> Transform:
        """Return it, or raise a ValueError or ImportError that names what cannot be."""
        for name, choices in _CHOICES.items():
            one_of(name, getattr(self, name), choices)
        if self.decoder == "turbo" and find_spec("simplejpeg") is None:
            raise ImportError(
                "decoder='turbo' needs the package simplejpeg: pip install simplejpeg"
            )
        return self


def read_image(
    path: str,
    out: NDArray[np.uint8],
    how: Transform,
    opener: Optional[Callable[[str], BinaryIO]] = None,
) -> None:
    """Decode a file into a row, upright by EXIF.

    :param path: a regular file in one of the formats that photographs come in; of several frames
        the first is taken.
    :param out: uint8 (height, width, channels). It is written only when all else went well.
    :param how: what is done on the way.
    :param opener: what opens a path that is not of this machine's file system.
    :raises BadSample: if the file is missing, truncated, not an image, or dangerously large.
    """
    try:
        with (opener or _open)(path) as file:
            image, orientation = _decode(file, max(out.shape[:2]), how)
        pixels = _fitted(image, orientation, out.shape[1], out.shape[0], how)
    except Exception as error:  # Pillow's plugins raise anything at all on hostile bytes.
        if isinstance(error, MemoryError) or getattr(error, "errno", None) in _NOT_THE_FILE:
            raise
        # Pillow's own words for this one are of the memory address that it read from.
        unknown = isinstance(error, UnidentifiedImageError)
        words = "in no format that Pillow knows" if unknown else error
        raise BadSample(path, f"{type(error).__name__}: {words}") from error
    if pixels.shape[:2] != out.shape[:2]:
        out[...] = 0
    top, left = ((o - p) // 2 for o, p in zip(out.shape, pixels.shape[:2]))
    inside = out[top : top + pixels.shape[0], left : left + pixels.shape[1]]
    inside[...] = pixels.reshape(inside.shape)


def scale(pixels: NDArray[np.uint8], out: NDArray[Any]) -> None:
    """Write bytes into an array of their shape: as they are if it is uint8, else as 0..1."""
    if out.dtype == np.float16:
        # Its own 1/255 is so rough that white would not be 1.
        np.multiply(pixels, _SCALE, out=out, dtype=np.float32, casting="same_kind")
        return
    out[...] = pixels
    if out.dtype != np.uint8:
        np.multiply(out, _SCALE, out=out)


def _open(path: str) -> BinaryIO:
    # Not blocking, because a pipe would keep the reader waiting for somebody to write into it.
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            folder = stat.S_ISDIR(status.st_mode)
            raise IsADirectoryError("a folder") if folder else OSError("not a regular file")
        if status.st_size > _AT_ONCE:
            return open(os.dup(number), "rb")  # noqa: PTH123 - the caller closes it
        # Pillow reads in small pieces, which costs a small file as much time as its decoding.
        return BytesIO(os.read(number, status.st_size))
    finally:
        os.close(number)


def _decode(file: BinaryIO, longest: int, how: Transform) -> Tuple[Image.Image, int]:
    """Return the picture in its mode, perhaps smaller than stored, and its EXIF orientation."""
    with Image.open(file) as opened:
        if opened.format not in _FORMATS:
            raise ValueError(f"{opened.format} is not among the formats that are read")
        image: Image.Image = opened
        decoded = _turbo(file, opened, longest, how) if how.decoder == "turbo" else None
        if decoded is None and how.resample == "antialias":
            # JPEG can be decoded at 1/2, 1/4 or 1/8 of its size. The longer side is asked of both,
            # as the orientation is known for sure only after loading.
            opened.draft(how.mode, (longest, longest))
        if decoded is None:
            opened.load()
            if opened.format == "PNG" and _may_end_early(opened) and pixels_are_missing(file):
                raise ValueError("the file ends before its last pixels")
        orientation = opened.getexif().get(_ORIENTATION, 1)
        image = opened if decoded is None else decoded
        if image.mode[0] in "IF":
            raise ValueError(f"pixels of mode {image.mode} have no agreed 8-bit scale")
        if image.mode == "P" and "transparency" in image.info:
            image = image.convert("RGBA")  # Pillow warns of the direct way.
        return image if image.mode == how.mode else image.convert(how.mode), orientation


def _turbo(
    file: BinaryIO, opened: Image.Image, longest: int, how: Transform
) -> Optional[Image.Image]:
    """Return a JPEG's picture, or None if it is to be left to Pillow."""
    if opened.format not in ("JPEG", "MPO") or opened.mode not in ("RGB", "L"):
        return None
    import simplejpeg  # noqa: PLC0415 - an extra

    file.seek(0)
    least = longest if how.resample == "antialias" else 0
    colours = {"L": "GRAY"}.get(how.mode, how.mode)
    pixels = simplejpeg.decode_jpeg(file.read(), colours, min_height=least, min_width=least)
    return Image.fromarray(pixels.reshape(pixels.shape[: 3 if how.mode == "RGB" else 2]))


def _may_end_early(image: Image.Image) -> bool:
    # What was not in the file is 0. In an interlaced one the last pixel need not be the last read.
    last = image.getpixel((image.size[0] - 1, image.size[1] - 1))
    return not (any(last) if isinstance(last, tuple) else last) or bool(image.info.get("interlace"))


def _fitted(
    image: Image.Image, orientation: int, width: int, height: int, how: Transform
) -> NDArray[np.uint8]:
    """Return the upright picture in the row's size, or with "pad", inside of it."""
    turn = _UPRIGHT.get(orientation)
    if turn is not None and orientation >= _FIRST_ON_ITS_SIDE:
        width, height = height, width
    size: Tuple[int, ...] = (width, height)
    box = (0.0, 0.0, *map(float, image.size))
    across, down = image.size[0] / width, image.size[1] / height
    if how.resize == "crop":
        left, top = (
            (side - target * min(across, down)) / 2 for side, target in zip(image.size, size)
        )
        box = (left, top, image.size[0] - left, image.size[1] - top)
    elif how.resize == "pad":
        size = tuple(max(1, round(side / max(across, down))) for side in image.size)
    if image.size != size:
        image = _resized(image, size, box, how)
    # Last, because the picture is smallest now.
    return np.asarray(image if turn is None else image.transpose(turn))


def _resized(image: Image.Image, size: Any, box: Any, how: Transform) -> Image.Image:
    if how.resample == "antialias":
        return image.resize(size, _BILINEAR, box=box, reducing_gap=2.0)
    return _bilinear(image, size, box)


def _bilinear(image: Image.Image, size: Tuple[int, int], box: Any) -> Image.Image:
    # Pillow has this as well, but cuts off what is to be rounded. One number for the channels of a
    # pixel: picking pixels out is most of the work.
    kind, layout = (np.uint32, "RGBX") if image.mode == "RGB" else (np.uint8, "L")
    pixels = np.frombuffer(image.tobytes("raw", layout), kind).reshape(image.size[::-1])
    left, right, across = _neighbours(box[0], box[2], size[0], image.size[0])
    above, below, down = _neighbours(box[1], box[3], size[1], image.size[1])
    across = np.repeat(across, pixels.itemsize)

    def channels(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
        picked = pixels[rows].take(columns, axis=1, mode="clip")
        return picked.view(np.uint8).astype(np.float32)

    upper = _between(channels(above, left), channels(above, right), across)
    lower = _between(channels(below, left), channels(below, right), across)
    rounded = (_between(upper, lower, down[:, np.newaxis]) + np.float32(0.5)).astype(np.uint8)
    return Image.frombytes(image.mode, size, rounded.tobytes(), "raw", layout)


def _neighbours(start: float, end: float, count: int, side: int) -> Any:
    """Return which two lines each of `count` between start and end is between, and how far."""
    where = start - 0.5 + (np.arange(count) + 0.5) * ((end - start) / count)
    where = np.clip(where, 0, side - 1)
    before = where.astype(np.intp)
    share = (where - before).astype(np.float32)
    return before, np.minimum(before + 1, side - 1), share


def _between(
    low: NDArray[np.float32], high: NDArray[np.float32], share: NDArray[np.float32]
) -> NDArray[np.float32]:
    high -= low
    high *= share
    high += low
    return high
