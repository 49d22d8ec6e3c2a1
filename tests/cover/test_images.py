"""One image file becomes one row, or an error that names it."""

from __future__ import annotations

import errno
import io
import pickle
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
from PIL import Image

from refloader.loading import BadSample
from refloader.loading.images import read_image

HEIGHT, WIDTH = 16, 24


def picture(width: int = 48, height: int = 32, mode: str = "RGB") -> Image.Image:
    """Return a smooth picture whose corners all differ."""
    across, down = np.linspace(0, 120, width), np.linspace(0, 60, height)
    grey = (40 + across[None, :] + down[:, None]).astype(np.uint8)
    return Image.fromarray(np.stack([grey, 255 - grey, grey // 2], axis=-1)).convert(mode)


def row(dtype: str = "float32", channels: int = 3) -> Any:
    """Return a row to decode into, with values that no image has."""
    return np.full((HEIGHT, WIDTH, channels), 7, dtype)


def read(path: Path, dtype: str = "float32", mode: str = "RGB") -> Any:
    """Decode a file into a new row."""
    out = row(dtype, 3 if mode == "RGB" else 1)
    read_image(str(path), out, mode)
    return out


def resized(image: Image.Image, mode: str = "RGB") -> Any:
    """Return what a row is to hold: antialiased bilinear, 0..255."""
    bilinear = getattr(Image, "Resampling", Image).BILINEAR
    return np.asarray(image.convert(mode).resize((WIDTH, HEIGHT), bilinear)).reshape(
        HEIGHT, WIDTH, -1
    )


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("stored", ["RGB", "L", "P", "RGBA", "1", "CMYK"])
def test_file_of_any_mode_becomes_the_mode_asked_for(
    tmp_path: Path, stored: str, mode: str
) -> None:
    """Whatever colours a file has, the row has the channels of the mode."""
    path = tmp_path / "picture.tiff"
    image = picture(mode=stored)
    image.save(path)

    assert np.abs(read(path, "uint8", mode).astype(int) - resized(image, mode)).max() <= 1


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float16", 1e-3)])
def test_floats_are_scaled_to_1(tmp_path: Path, dtype: str, tolerance: float) -> None:
    """Floating rows are the bytes over 255, and in the row's own type."""
    path = tmp_path / "picture.png"
    picture().save(path)

    assert np.abs(read(path, dtype) - read(path, "uint8") / 255).max() <= tolerance


def test_white_is_exactly_1(tmp_path: Path) -> None:
    """Scaling does not go beyond 1."""
    path = tmp_path / "white.png"
    Image.new("RGB", (8, 8), "white").save(path)

    assert [1.0] == np.unique(read(path)).tolist()


def test_image_of_the_right_size_is_not_resampled(tmp_path: Path) -> None:
    """An image of the row's size arrives bit for bit."""
    path = tmp_path / "picture.png"
    image = picture(WIDTH, HEIGHT)
    image.save(path)

    assert np.array_equal(np.asarray(image), read(path, "uint8"))


def test_large_jpeg_keeps_its_picture(tmp_path: Path) -> None:
    """Decoding at a fraction of the size gives the full decode's picture within 3 of 255."""
    path = tmp_path / "large.jpg"
    picture(1200, 800).save(path, quality=95)
    with Image.open(path) as full:
        expected = resized(full).astype(int)

    assert np.abs(read(path, "uint8") - expected).max() <= 3


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_row_is_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    """All eight EXIF orientations of a picture give the same row."""
    transpose = getattr(Image, "Transpose", Image)
    undo = {
        2: transpose.FLIP_LEFT_RIGHT,
        3: transpose.ROTATE_180,
        4: transpose.FLIP_TOP_BOTTOM,
        5: transpose.TRANSPOSE,
        6: transpose.ROTATE_90,
        7: transpose.TRANSVERSE,
        8: transpose.ROTATE_270,
    }
    upright = picture(480, 320)
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{suffix}"
    stored.save(path, exif=exif.tobytes(), **({"quality": 95} if suffix == "jpg" else {}))

    assert np.abs(read(path, "uint8").astype(int) - resized(upright)).max() <= 4


def cut(path: Path) -> None:
    """Keep the first half of a good file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Leave nothing in the file."""
    path.write_bytes(b"")


def text(path: Path) -> None:
    """Put something else into the file."""
    path.write_bytes(b"no image at all" * 20)


def gone(path: Path) -> None:
    """Remove the file."""
    path.unlink()


def folder(path: Path) -> None:
    """Put a folder in its place."""
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp", "tiff", "webp"])
@pytest.mark.parametrize("damage", [cut, empty, text, gone, folder])
def test_damaged_file_is_a_bad_sample(
    tmp_path: Path, damage: Callable[[Path], None], suffix: str
) -> None:
    """A file that is not whole raises BadSample with its path and cause, and no row is touched."""
    path, out = tmp_path / f"bad.{suffix}", row()
    picture(300, 200).save(path)
    damage(path)

    with pytest.raises(BadSample) as caught:
        read_image(str(path), out, "RGB")

    assert str(path) in str(caught.value)
    assert type(caught.value.__cause__).__name__ in caught.value.reason
    assert [7.0] == np.unique(out).tolist()


def test_bomb_is_a_bad_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more than twice Pillow's limit of pixels is refused before it is decoded."""
    path = tmp_path / "bomb.png"
    picture().save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

    with pytest.raises(BadSample, match="DecompressionBombError"):
        read(path)


def test_pixels_without_8_bit_scale_are_a_bad_sample(tmp_path: Path) -> None:
    """16-bit grey, which Pillow would clip to white, is refused by name."""
    path = tmp_path / "deep.png"
    Image.fromarray(np.full((8, 8), 40000, np.uint16)).save(path)

    with pytest.raises(BadSample, match="pixels of mode I"):
        read(path)


@pytest.mark.parametrize(
    "trouble",
    [MemoryError(), OSError(errno.EMFILE, "Too many open files")],
    ids=["memory", "files"],
)
def test_trouble_of_the_machine_is_no_bad_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """Where the machine is short of memory or descriptors, the file is not blamed and skipped."""

    def fail(_: Any) -> None:
        raise trouble

    monkeypatch.setattr(Image, "open", fail)

    with pytest.raises(type(trouble)):
        read(tmp_path / "any.png")


def test_file_is_closed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No descriptor stays open, whether the file was good or not."""
    opened = []
    original = Image.open

    def spy(path: str) -> Any:
        stream = io.BytesIO(Path(path).read_bytes())
        opened.append(stream)
        image = original(stream)
        image._exclusive_fp = True
        return image

    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    picture().save(good)
    picture().save(bad)
    cut(bad)
    monkeypatch.setattr(Image, "open", spy)
    read(good)
    with pytest.raises(BadSample):
        read(bad)

    assert [True, True] == [stream.closed for stream in opened]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_bad_sample_pickles(protocol: int) -> None:
    """A worker process can hand a BadSample to its parent, position and all."""
    error = BadSample("/a/b.jpg", "it is cut off")
    error.position = 5

    copy = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - made above

    assert "sample 5: cannot read /a/b.jpg: it is cut off" == str(copy)
