"""Samples' pictures as the bytes of image files, written quickly and again and again."""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Iterable, Tuple

import numpy as np
from PIL import Image

from refloader.driving.image_code import encode_image

JPEG_QUALITY = 75

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}


def check_suffixes(suffixes: Iterable[str]) -> Tuple[str, ...]:
    """Return the suffixes, or raise ValueError unless there are some and each can be written."""
    wanted = tuple(suffixes)
    if not wanted or any(suffix not in _FORMATS for suffix in wanted):
        raise ValueError(f"suffixes must be one or more of {sorted(_FORMATS)}, got {wanted!r}")
    return wanted


@functools.lru_cache(maxsize=4096)
def image_file(sample_id: int, suffix: str, size: Tuple[int, int], side: int) -> bytes:
    """Return the bytes of one sample's image file: RGB, `size` (height, width) in pixels.

    The bytes depend on the parameters alone, so the newest few thousand are remembered.
    """
    grey = encode_image(sample_id, size, side=side)
    picture = Image.fromarray(np.repeat(grey[:, :, None], 3, axis=2))
    data = io.BytesIO()
    picture.save(data, _FORMATS[suffix], quality=JPEG_QUALITY, compress_level=1)
    return data.getvalue()


def write_image(path: str, sample_id: int, size: Tuple[int, int], side: int) -> None:
    """Write one sample's image file in the format that the path's suffix names."""
    with open(path, "wb") as file:  # noqa: PTH123 - Path.open costs as much as the writing
        file.write(image_file(sample_id, Path(path).suffix, size, side))
