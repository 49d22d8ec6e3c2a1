"""PNG by the decoder "turbo": what Pillow reads, byte for byte, and refused where Pillow refuses it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from refloader.decoding.images import BadSample, Transform, read_image
from refloader.decoding.turbo import png_pixels

SIZE = (13, 9)  # (width, height)


def drawn(mode: str) -> Image.Image:
    """Return a picture of noise, the same each time."""
    channels = {"1": 1, "P": 1, "L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 1}[mode]
    noise = np.random.RandomState(3).randint(0, 256, (*SIZE[::-1], channels))
    if mode == "I;16":
        return Image.fromarray(noise[:, :, 0].astype(np.uint16) * 257)
    pixels = noise.astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels).convert(mode)


def read(path: Path, mode: str, decoder: str) -> Any:
    """Return what a decoder makes of a file, in its own size."""
    row = np.zeros((*SIZE[::-1], len(mode)), np.uint8)
    read_image(str(path), row, Transform(mode=mode, decoder=decoder))
    return row


@pytest.mark.parametrize("stored", ["1", "P", "L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_turbo_gives_the_pixels_that_pillow_gives(tmp_path: Path, stored: str, mode: str) -> None:
    """PNG loses nothing: whoever reads it, and whichever file is left to Pillow."""
    path = tmp_path / "picture.png"
    drawn(stored).save(path)

    assert np.array_equal(read(path, mode, "turbo"), read(path, mode, "pillow"))


@pytest.mark.parametrize(("stored", "taken"), [("RGB", True), ("L", True), ("P", False)])
def test_only_plain_pictures_are_taken_from_pillow(
    tmp_path: Path,
    stored: str,
    taken: bool,  # noqa: FBT001 - a case
) -> None:
    """Eight bits a channel and no palette are read without it."""
    path = tmp_path / "picture.png"
    drawn(stored).save(path)

    with path.open("rb") as file:
        assert taken == (png_pixels(file, "RGB") is not None)


def test_turned_picture_is_set_upright(tmp_path: Path) -> None:
    """Its EXIF is Pillow's to read, also where it stands in a text, as ImageMagick writes it."""
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 3
    drawn("RGB").save(path, exif=exif)
    assert np.array_equal(read(path, "RGB", "turbo"), np.asarray(drawn("RGB"))[::-1, ::-1])

    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", "\nexif\n       0\n\n", zip=True)
    drawn("RGB").save(path, pnginfo=text)
    with path.open("rb") as file:
        assert png_pixels(file, "RGB") is None


def test_sixteen_bits_are_refused_by_both(tmp_path: Path) -> None:
    """They have no agreed scale of 8 bits, whichever decoder is named."""
    path = tmp_path / "deep.png"
    drawn("I;16").save(path)

    for decoder in ("pillow", "turbo"):
        with pytest.raises(BadSample):
            read(path, "L", decoder)


def test_damaged_picture_is_told_by_its_error_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wherever one byte is another, nothing is written to standard error, and no pixel is another one."""
    path = tmp_path / "picture.png"
    drawn("RGB").save(path)
    whole, due = path.read_bytes(), read(path, "RGB", "pillow")
    for place in range(8, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        for decoder in ("pillow", "turbo"):
            with contextlib.suppress(BadSample):
                assert np.array_equal(read(path, "RGB", decoder), due)

    assert capfd.readouterr().err == ""


def test_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow's limit of pixels holds for OpenCV too."""
    path = tmp_path / "large.png"
    drawn("RGB").save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)

    with pytest.raises(BadSample, match="decompression bomb"):
        read(path, "RGB", "turbo")
