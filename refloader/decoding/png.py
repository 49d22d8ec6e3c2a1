"""Find the PNG files whose pixels end too early, which Pillow reads as if their rest were black."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO, Iterator, Tuple

_PIECE = 2**16
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
# Of an interlaced file: the first column and row of each of its seven pictures, and their steps.
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


def pixels_are_missing(file: BinaryIO) -> bool:
    """Return whether a PNG holds less than its size says; the file is read from its beginning."""
    file.seek(len(b"\x89PNG\r\n\x1a\n"))
    wanted, seen, inflate = 0, 0, zlib.decompressobj()
    for kind, piece in _pieces(file):
        if kind == b"IHDR":
            wanted = _size(piece)
        elif kind == b"IDAT":
            try:
                seen += len(inflate.decompress(piece))
            except zlib.error:
                return True
    return seen < wanted


def _pieces(file: BinaryIO) -> Iterator[Tuple[bytes, bytes]]:
    """Yield what is in the chunks, in pieces that need little memory."""
    while True:
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - a length and a kind
            return
        left, kind = struct.unpack(">I4s", head)
        while left:
            piece = file.read(min(left, _PIECE))
            if not piece:
                return
            left -= len(piece)
            yield kind, piece
        file.seek(4, 1)  # a checksum, which Pillow has looked at


def _size(header: bytes) -> int:
    """Return how many bytes the rows take, each with one for its filter."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header[:13])
    bits = depth * _CHANNELS.get(colour, 0)
    parts = _PASSES if interlaced else ((0, 0, 1, 1),)
    sizes = ((-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in parts)
    return sum(
        rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 < rows
    )
