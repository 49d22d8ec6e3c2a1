"""Decode one image file into one row of a batch."""

from __future__ import annotations

import errno
import os
import stat
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, Callable, NamedTuple, Optional, Tuple, Union

import numpy as np
from PIL import Image, UnidentifiedImageError

from refloader.arguments import one_of
from refloader.decoding.png import pixels_are_missing
from refloader.decoding.turbo import JPEG_MODES, jpeg_pixels, png_pixels

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Picture = Union[Image.Image, NDArray[np.uint8]]
    Size = Tuple[int, int]  # (width, height), as Pillow and OpenCV have it
    Box = Tuple[int, int, int, int]

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
_OPENCV = ("cv2", "opencv-python-headless")
_EXTRAS = {  # a choice, and each module that it needs, with what that is installed as
    "turbo": (("simplejpeg", "simplejpeg"), _OPENCV),
    "bilinear": (_OPENCV,),
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
        of the four that are nearest, as TensorFlow resizes unless told otherwise. That is done by
        OpenCV, an extra.
    :param decoder: "pillow", or "turbo" for JPEG by way of simplejpeg, and PNG of 8 bits by way of
        OpenCV, both extras; Pillow reads the rest. It is faster and stricter: a JPEG whose data end
        early, but with a proper end marker, is a bad sample for it, while Pillow fills the rest with
        grey and does not tell.
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
            choice = one_of(name, getattr(self, name), choices)
            for module, package in _EXTRAS.get(choice, ()):
                if find_spec(module) is None:
                    needs = f"needs a package that is not installed: pip install {package}"
                    raise ImportError(f"{name}={choice!r} {needs}")
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
            picture, orientation = _decode(file, max(out.shape[:2]), how)
        pixels = _fitted(picture, orientation, out.shape[1], out.shape[0], how)
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


def _decode(file: BinaryIO, longest: int, how: Transform) -> Tuple[Picture, int]:
    """Return the picture in its mode, perhaps smaller than stored, and its EXIF orientation."""
    if how.decoder == "turbo":
        pixels = png_pixels(file, how.mode)
        if pixels is not None:
            return pixels, 1
        file.seek(0)
    with Image.open(file) as opened:
        if opened.format not in _FORMATS:
            raise ValueError(f"{opened.format} is not among the formats that are read")
        if (
            how.decoder == "turbo"
            and opened.format in ("JPEG", "MPO")
            and opened.mode in JPEG_MODES
        ):
            least = longest if how.resample == "antialias" else 0
            return jpeg_pixels(file, how.mode, least), opened.getexif().get(_ORIENTATION, 1)
        if how.resample == "antialias":
            # JPEG can be decoded at 1/2, 1/4 or 1/8 of its size. The longer side is asked of both,
            # as the orientation is known for sure only after loading.
            opened.draft(how.mode, (longest, longest))
        opened.load()
        if opened.format == "PNG" and _may_end_early(opened) and pixels_are_missing(file):
            raise ValueError("the file ends before its last pixels")
        orientation = opened.getexif().get(_ORIENTATION, 1)
        image: Image.Image = opened
        if image.mode[0] in "IF":
            raise ValueError(f"pixels of mode {image.mode} have no agreed 8-bit scale")
        if image.mode == "P" and "transparency" in image.info:
            image = image.convert("RGBA")  # Pillow warns of the direct way.
        return image if image.mode == how.mode else image.convert(how.mode), orientation


def _may_end_early(image: Image.Image) -> bool:
    # What was not in the file is 0. In an interlaced one the last pixel need not be the last read.
    last = image.getpixel((image.size[0] - 1, image.size[1] - 1))
    return not (any(last) if isinstance(last, tuple) else last) or bool(image.info.get("interlace"))


def _fitted(
    picture: Picture, orientation: int, width: int, height: int, how: Transform
) -> NDArray[np.uint8]:
    """Return the upright picture in the row's size, or with "pad", inside of it."""
    turn = _UPRIGHT.get(orientation)
    if turn is not None and orientation >= _FIRST_ON_ITS_SIDE:
        width, height = height, width
    resized = _bilinear if how.resample == "bilinear" else _antialiased
    pixels = resized(picture, *_placed(_size(picture), (width, height), how.resize))
    # Last, because the picture is smallest now.
    return pixels if turn is None else np.asarray(_image(pixels).transpose(turn))


def _placed(stored: Size, wanted: Size, resize: str) -> Tuple[Box, Size]:
    """Return which part of the picture is taken, (left, top, right, bottom), and its new size."""
    whole = (0, 0, *stored)
    if resize == "stretch" or stored == wanted:
        return whole, wanted
    across, down = (old / new for old, new in zip(stored, wanted))
    if resize == "pad":
        width, height = (max(1, round(side / max(across, down))) for side in stored)
        return whole, (width, height)
    # Whole pixels, as Keras' smart_resize takes them.
    width, height = (max(1, int(side * min(across, down))) for side in wanted)
    left, top = (stored[0] - width) // 2, (stored[1] - height) // 2
    return (left, top, left + width, top + height), wanted


def _antialiased(picture: Picture, box: Box, size: Size) -> NDArray[np.uint8]:
    if _size(picture) == size:
        return np.asarray(picture)
    image = _image(picture)
    if box != (0, 0, *image.size):
        image = image.crop(box)  # as resize(box=) mixes in what is just outside of it
    return np.asarray(image.resize(size, _BILINEAR, reducing_gap=2.0))


def _bilinear(picture: Picture, box: Box, size: Size) -> NDArray[np.uint8]:
    import cv2  # noqa: PLC0415 - an extra

    left, top, right, bottom = box
    pixels = np.asarray(picture)[top:bottom, left:right]
    resized: NDArray[np.uint8] = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
    return resized


def _size(picture: Picture) -> Size:
    """Return (width, height)."""
    return picture.shape[1::-1] if isinstance(picture, np.ndarray) else picture.size


def _image(picture: Picture) -> Image.Image:
    if not isinstance(picture, np.ndarray):
        return picture
    return Image.fromarray(picture[..., 0] if picture.shape[2:] == (1,) else picture)
