"""Samples' pictures as the bytes of image files, written quickly and again and again."""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Counter, Iterable, List, Sequence, Tuple

import numpy as np
from PIL import Image

from refloader.driving.data.image_code import encode_image

JPEG_QUALITY = 75

#: What red, green and blue have of each grey: channels that are exchanged show. All have one contrast,
#: so that their order says nothing of the sample, whatever is cropped, centred or lightened.
_DARKEST, _CONTRAST = np.array([32, 16, 0]), 223
_TINTS = (_DARKEST + np.rint(np.arange(256)[:, None] * _CONTRAST / 255)).astype(np.uint8)

#: File names, among other things, are scrambled within so many, by an odd number: none is repeated.
SPAN, ODD = 65_536, 25_033
#: The suffixes of files of the formats that a policy declares.
SUFFIXES = {
    "jpeg-and-png": (".jpg", ".png"),
    "jpeg": (".jpg",),
    "png": (".png",),
    "any": (".jpg", ".png", ".JPG", ".jpeg", ".PNG"),
}
#: Names that people give to files, around what tells them apart: they need quoting in a table, a pattern, a
#: command or an address, and have blanks where a line is split, or accents written in two ways.
ODD_NAMES = (
    "IMG {} (1)", "{},b", "caf\u00e9 {}", "{}  b", "O'Hara {}",
    "100%25{}", "[{}]", "cafe\u0301 {}", "a&b={};", "{}#2",
)  # fmt: skip
_PLAIN = ("{}",)
_NAME_START = 50_000  # With it, files 0 and 1 of the data set are already out of order.
#: What is written under each suffix, by Pillow's names: a format, and a mode of pixels.
_FORMATS = {
    ".jpg": ("JPEG", "RGB"),
    ".jpeg": ("JPEG", "RGB"),
    ".png": ("PNG", "RGB"),
    # A camera names its files in capitals. So do these, which are not of three channels as the others are.
    ".JPG": ("JPEG", "L"),
    ".PNG": ("PNG", "RGBA"),
}


def check_suffixes(suffixes: Iterable[str]) -> Tuple[str, ...]:
    """Return the suffixes, or raise ValueError unless there are some and each can be written."""
    wanted = tuple(suffixes)
    if not wanted or any(suffix not in _FORMATS for suffix in wanted):
        raise ValueError(f"suffixes must be one or more of {sorted(_FORMATS)}, got {wanted!r}")
    return wanted


def patterns(*, odd: bool) -> Tuple[str, ...]:
    """Return what the files' names are made by, in turn."""
    return ODD_NAMES if odd else _PLAIN


def file_names(
    classes: Sequence[int], suffixes: Sequence[str], *, same: bool, odd: bool
) -> List[str]:
    """Return a name for each sample's file, in an order that is not that of the samples.

    classes -- the class index of each sample; suffixes -- given to the files in turn;
    same -- the files of each class are named alike, and each two of a class differ in their suffixes alone,
        where there are several; otherwise no name comes twice
    odd -- the names are such as people give
    """
    seen: Counter[int] = Counter()
    made_by = patterns(odd=odd)
    names = []
    for sample, index in enumerate(classes):
        number = seen[index] if same else sample
        seen[index] += 1
        # With more than one dot: the name of a file is what is before the last one.
        start, alike = ("scan.", min(2, len(suffixes))) if same else ("", 1)
        scrambled = (_NAME_START + number // alike * ODD) % SPAN
        stem = made_by[number % len(made_by)].format(f"{scrambled:04x}")
        names.append(f"{start}{stem}{suffixes[number % len(suffixes)]}")
    return names


def tinted(grey: np.ndarray) -> np.ndarray:
    """Return grey pictures uint8 (..., height, width) as RGB (..., 3): red is lightest, blue darkest."""
    return np.asarray(_TINTS[grey])


@functools.lru_cache(maxsize=4096)
def image_file(sample_id: int, suffix: str, size: Tuple[int, int], side: int) -> bytes:
    """Return the bytes of one sample's image file, `size` (height, width) in pixels; of capitals: grey, RGBA.

    The bytes depend on the parameters alone, so the newest few thousand are remembered.
    """
    form, mode = _FORMATS[suffix]
    grey = encode_image(sample_id, size, side=side)
    picture = Image.fromarray(grey if mode == "L" else tinted(grey)).convert(mode)
    data = io.BytesIO()
    picture.save(data, form, quality=JPEG_QUALITY, compress_level=1)
    return data.getvalue()


def write_image(path: str, sample_id: int, size: Tuple[int, int], side: int) -> None:
    """Write one sample's image file in the format that the path's suffix names."""
    with open(path, "wb") as file:  # noqa: PTH123 - Path.open costs as much as the writing
        file.write(image_file(sample_id, Path(path).suffix, size, side))
