"""The decoder "turbo": JPEG by libjpeg-turbo, and PNG by libpng without Pillow's reading of its parts."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO, Optional

import numpy as np
from PIL import Image

from refloader.decoding.png import pixels_are_missing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

#: simplejpeg's names of the modes that it reads.
JPEG_MODES = {"RGB": "RGB", "L": "GRAY"}
_BEGINNING = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_HEADER = len(_BEGINNING) + 13
# Colour types of PNG that are read into a mode as they are, but for an alpha that is left out.
_PNG_COLOURS = {"RGB": (0, 2, 6), "L": (0, 4)}
# What turns a picture, makes it move, or has a meaning for Pillow that libpng leaves to others: chunks of
# these kinds, and any text of this name.
_FOR_PILLOW, _PROFILE = (b"eXIf", b"acTL"), b"Raw profile type"


def jpeg_pixels(file: BinaryIO, mode: str, least: int) -> Pixels:
    """Return a JPEG's pixels (height, width, channels), each side of `least` or more where it has as many.

    :raises ValueError: if it cannot be decoded, also where its data end early.
    """
    import simplejpeg  # noqa: PLC0415 - an extra

    file.seek(0)
    pixels: Pixels = simplejpeg.decode_jpeg(
        file.read(), JPEG_MODES[mode], min_height=least, min_width=least
    )
    return pixels


def png_pixels(file: BinaryIO, mode: str) -> Optional[Pixels]:
    """Return the pixels of a PNG of 8 bits, (height, width, channels) or (height, width).

    None is for Pillow, which reads all others, and knows what is wrong with those that are none.
    """
    if not _begins_plain(file.read(_HEADER), mode):
        return None
    file.seek(0)
    data = file.read()
    # OpenCV would tell standard error of whatever is wrong.
    if not _is_plain_to_its_end(data):
        return None
    pixels = _decoded(data, mode)
    # As Pillow, some releases of OpenCV take what is not in the file for black.
    early = pixels is not None and not pixels[-1, -1].any() and pixels_are_missing(file)
    return None if early else pixels


def _begins_plain(header: bytes, mode: str) -> bool:
    """Say whether a file begins as a PNG of 8 bits and not too many pixels, with the colours of a mode."""
    if len(header) < _HEADER or not header.startswith(_BEGINNING):
        return False
    width, height, depth, colour = struct.unpack(">IIBB", header[len(_BEGINNING) :][:10])
    few = width * height <= (Image.MAX_IMAGE_PIXELS or width * height)
    return few and depth == 8 and colour in _PNG_COLOURS[mode]  # noqa: PLR2004 - bits


def _is_plain_to_its_end(data: bytes) -> bool:
    """Say whether all chunks, to the last, have their checksums behind them, and none is for Pillow."""
    start, kind = len(b"\x89PNG\r\n\x1a\n"), b""
    while kind != b"IEND":
        end = start + 8
        if end > len(data):
            return False
        length, kind = struct.unpack(">I4s", data[start:end])
        if kind in _FOR_PILLOW or data.startswith(_PROFILE, end):
            return False
        end += length
        if data[end : end + 4] != struct.pack(">I", zlib.crc32(data[start + 4 : end])):
            return False
        start = end + 4
    return True


def _decoded(data: bytes, mode: str) -> Optional[Pixels]:
    import cv2  # noqa: PLC0415 - an extra

    bits = np.frombuffer(data, np.uint8)
    if mode == "L":
        grey: Optional[Pixels] = cv2.imdecode(bits, cv2.IMREAD_GRAYSCALE)
        return grey
    pixels: Optional[Pixels] = cv2.imdecode(bits, cv2.IMREAD_COLOR)
    # OpenCV has the channels in the order blue, green, red.
    return pixels if pixels is None else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
