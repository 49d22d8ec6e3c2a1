"""One image file becomes one row, or an error that names it."""

from __future__ import annotations

import errno
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any, Callable, Tuple

import numpy as np
import pytest
from PIL import Image

from refloader.decoding.images import Transform, read_image, scale
from refloader.decoding.png import pixels_are_missing
from refloader.loading import BadSample

HEIGHT, WIDTH = 16, 24


def picture(width: int = 48, height: int = 32, mode: str = "RGB") -> Image.Image:
    """Return a smooth picture whose corners all differ."""
    across, down = np.linspace(0, 120, width), np.linspace(0, 60, height)
    grey = (40 + across[None, :] + down[:, None]).astype(np.uint8)
    return Image.fromarray(np.stack([grey, 255 - grey, grey // 2], axis=-1)).convert(mode)


def row(channels: int = 3) -> Any:
    """Return a row to decode into, with a value that no picture has everywhere."""
    return np.full((HEIGHT, WIDTH, channels), 7, np.uint8)


def read(path: Path, mode: str = "RGB", **how: str) -> Any:
    """Decode a file into a new row."""
    out = row(3 if mode == "RGB" else 1)
    read_image(str(path), out, Transform(mode, **how))
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

    assert np.abs(read(path, mode).astype(int) - resized(image, mode)).max() <= 1


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float16", 1e-3)])
def test_floats_are_scaled_to_1(dtype: str, tolerance: float) -> None:
    """Floating rows are the bytes over 255, in the array's own type, and white is exactly 1."""
    pixels, out = np.arange(256, dtype=np.uint8), np.empty(256, dtype)
    scale(pixels, out)

    assert np.abs(out - pixels / 255).max() <= tolerance
    assert 1.0 == out[-1]


def test_image_of_the_right_size_is_not_resampled(tmp_path: Path) -> None:
    """An image of the row's size arrives bit for bit."""
    path = tmp_path / "picture.png"
    image = picture(WIDTH, HEIGHT)
    image.save(path)

    assert np.array_equal(np.asarray(image), read(path))


def test_large_jpeg_keeps_its_picture(tmp_path: Path) -> None:
    """Decoding at a fraction of the size gives the full decode's picture within 3 of 255."""
    path = tmp_path / "large.jpg"
    picture(1200, 800).save(path, quality=95)
    with Image.open(path) as full:
        expected = resized(full).astype(int)

    assert np.abs(read(path) - expected).max() <= 3


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

    assert np.abs(read(path).astype(int) - resized(upright)).max() <= 4


@pytest.mark.parametrize("size", [(96, 32), (32, 96), (480, 160), (7, 5), (24, 16)])
@pytest.mark.parametrize("resample", ["antialias", "bilinear"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_crop_keeps_the_middle(tmp_path: Path, size: Any, resample: str, mode: str) -> None:
    """With crop the row is the largest part of its shape around the middle."""
    path = tmp_path / "picture.png"
    image = picture(*size)
    image.save(path)
    scale = min(size[0] / WIDTH, size[1] / HEIGHT)
    width, height = int(WIDTH * scale), int(HEIGHT * scale)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    bilinear = getattr(Image, "Resampling", Image).BILINEAR
    part = image.crop((left, top, left + width, top + height))
    expected = part.resize((WIDTH, HEIGHT), bilinear)
    got = read(path, mode, resize="crop", resample=resample)

    expected_pixels = np.asarray(expected.convert(mode)).reshape(got.shape)
    assert np.abs(got.astype(int) - expected_pixels).max() <= 6


@pytest.mark.parametrize(
    ("size", "inside"),
    [((96, 32), (slice(4, 12), slice(0, 24))), ((32, 96), (slice(0, 16), slice(9, 14)))],
)
@pytest.mark.parametrize("orientation", [1, 6])
def test_pad_keeps_the_whole(tmp_path: Path, size: Any, inside: Any, orientation: int) -> None:
    """With pad the whole picture is in the row, in its shape, with black around it."""
    path = tmp_path / "picture.png"
    upright = picture(*size)
    exif = Image.Exif()
    exif[0x0112] = orientation
    transpose = getattr(Image, "Transpose", Image)
    stored = upright if orientation == 1 else upright.transpose(transpose.ROTATE_90)
    stored.save(path, exif=exif.tobytes())
    got = read(path, resize="pad")
    black = got.copy()
    black[inside] = 0

    assert not black.any()
    assert got[inside].reshape(-1, 3).any(axis=1).all()


def test_bilinear_takes_the_nearest_pixels_only(tmp_path: Path) -> None:
    """Without antialiasing, single bright lines between the sampled pixels vanish."""
    path = tmp_path / "lines.png"
    pixels = np.zeros((HEIGHT * 8, WIDTH * 8, 3), np.uint8)
    pixels[::8] = pixels[:, ::8] = 255
    Image.fromarray(pixels).save(path)

    assert 0 == read(path, resample="bilinear").max()
    assert 0 < read(path).min()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"resize": "zoom"}, "resize must be one of stretch, crop, pad, not 'zoom'"),
        ({"resample": "cubic"}, "resample must be one of antialias, bilinear"),
        ({"decoder": "gpu"}, "decoder must be one of pillow, turbo"),
    ],
)
def test_unknown_way_is_refused(how: Any, message: str) -> None:
    """What cannot be done is refused by name."""
    with pytest.raises(ValueError, match=message):
        Transform(**how).checked()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"decoder": "turbo"}, "decoder='turbo' needs .*: pip install simplejpeg"),
        ({"resample": "bilinear"}, "resample='bilinear' needs .*: pip install opencv-python-head"),
    ],
)
def test_extra_that_is_not_installed_is_an_error(
    monkeypatch: pytest.MonkeyPatch, how: Any, message: str
) -> None:
    """A way asked for by name is never replaced by another one."""
    found = {"numpy": True}
    monkeypatch.setattr("refloader.decoding.images.find_spec", found.get)

    with pytest.raises(ImportError, match=message):
        Transform(**how).checked()


def test_format_that_runs_a_program_is_refused(tmp_path: Path) -> None:
    """PostScript under the name of a JPEG is not handed to an interpreter."""
    path = tmp_path / "script.jpg"
    picture().save(path, "EPS")

    with pytest.raises(BadSample, match="EPS is not among the formats that are read"):
        read(path)


def ended_early(folder: Path) -> Path:
    """Return a JPEG of noise with half of its data and a proper end marker."""
    path = folder / "early.jpg"
    noise = np.random.RandomState(1).randint(60, 256, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\xff\xd9")
    return path


def test_limit_pillow_does_not_tell_of_a_jpeg_that_ends_early(tmp_path: Path) -> None:
    """A known limit: Pillow fills such a JPEG with grey. Should it ever tell, this test fails."""
    lower_half = read(ended_early(tmp_path))[HEIGHT // 2 + 1 :]

    assert lower_half.std() < 2


def early_png(path: Path, mode: str, *, interlaced: bool, rows: int, side: int = 8) -> None:
    """Write a PNG of ones, correct but for the rows that its data have."""
    colour = {"L": 0, "RGB": 2, "LA": 4, "RGBA": 6}[mode]
    line = b"\x00" + b"\x01" * (len(mode) * side)
    if interlaced:  # the seven pictures of 8 x 8 pixels have these rows
        widths = [1, 1, *[2], *[2, 2], *[4, 4], *[4] * 4, *[8] * 4]
        widths = widths if rows == side else widths[:-1]
        data = b"".join(b"\x00" + b"\x01" * (len(mode) * width) for width in widths)
    else:
        data = line * rows
    write_png(path, (side, side, 8, colour, 0, 0, int(interlaced)), data)


def write_png(path: Path, header: Tuple[int, ...], data: bytes) -> None:
    """Write a PNG of this header whose pixels are these bytes."""
    packed = struct.pack(">IIBBBBB", *header)
    chunks = [(b"IHDR", packed), (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
            for kind, content in chunks
        )
    )


@pytest.mark.parametrize("mode", ["L", "RGB", "LA", "RGBA"])
@pytest.mark.parametrize("interlaced", [False, True])
def test_png_that_ends_early_is_a_bad_sample(tmp_path: Path, mode: str, interlaced: bool) -> None:  # noqa: FBT001
    """A PNG without its last row, though otherwise in order, is refused; a whole one is read."""
    path = tmp_path / "early.png"
    early_png(path, mode, interlaced=interlaced, rows=8)
    assert 1 == read(path).min()
    early_png(path, mode, interlaced=interlaced, rows=7)

    with pytest.raises(BadSample, match="the file ends before its last pixels"):
        read(path)


#: Of the seven pictures of an interlaced PNG: first column and row, and their steps (PNG specification, 8.2).
ADAM7 = "0088 4088 0448 2044 0224 1022 0112"


@pytest.mark.parametrize(("width", "height"), [(13, 21), (21, 13), (9, 30), (3, 2)])
def test_interlaced_png_lacks_no_byte(tmp_path: Path, width: int, height: int) -> None:
    """Of a size that no step divides too, an interlaced PNG is whole with its last byte, and not without."""
    data = b""
    for x, y, across, down in (map(int, one) for one in ADAM7.split()):
        columns, rows = len(range(x, width, across)), len(range(y, height, down))
        data += (b"\x00" + b"\x01" * columns) * rows if columns else b""
    path = tmp_path / "interlaced.png"
    for missing in (0, 1):
        write_png(path, (width, height, 8, 0, 0, 0, 1), data[: len(data) - missing])
        with path.open("rb") as file:
            assert bool(missing) == pixels_are_missing(file)


def test_png_with_more_than_its_pixels_is_good(tmp_path: Path) -> None:
    """What follows the last row is passed over, as Pillow does it."""
    path = tmp_path / "longer.png"
    early_png(path, "L", interlaced=False, rows=9)

    assert 1 == read(path).min()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (13, 7), (300, 200)])
def test_black_png_is_good(tmp_path: Path, mode: str, size: Any) -> None:
    """A picture that really is black, down to its last pixel, is read."""
    path = tmp_path / "black.png"
    Image.new(mode, size).save(path)

    assert 0 == read(path).max()


def test_bilinear_is_of_the_whole_decoded_picture(tmp_path: Path) -> None:
    """Plain bilinear takes its pixels from a JPEG decoded in full, as TensorFlow's does."""
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "large.jpg"
    picture(1200, 800).save(path, quality=95)
    with Image.open(path) as opened:
        whole = np.asarray(opened)

    expected = cv2.resize(whole, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(expected, read(path, resample="bilinear"))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("resample", ["antialias", "bilinear"])
@pytest.mark.parametrize("size", [(60, 40), (1200, 800)])
@pytest.mark.parametrize("stored", ["RGB", "L", "CMYK"])
def test_turbo_reads_what_pillow_reads(
    tmp_path: Path, size: Any, mode: str, resample: str, stored: str
) -> None:
    """Both decoders give the same picture, within a few of 255."""
    path = tmp_path / "picture.jpg"
    picture(*size, mode=stored).save(path, quality=95)
    turbo, pillow = (
        read(path, mode, decoder=decoder, resample=resample).astype(int)
        for decoder in ("turbo", "pillow")
    )

    assert np.abs(turbo - pillow).max() <= 4


def test_turbo_refuses_a_jpeg_that_ends_early(tmp_path: Path) -> None:
    """Data that are cut off before a proper end marker are a bad sample for the turbo decoder."""
    path = ended_early(tmp_path)

    with pytest.raises(BadSample):
        read(path, decoder="turbo")


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_turbo_blames_what_pillow_blames(tmp_path: Path, suffix: str) -> None:
    """A truncated file is a bad sample for both; other formats are left to Pillow."""
    path = tmp_path / f"picture.{suffix}"
    picture(300, 200).save(path)

    assert np.abs(read(path, decoder="turbo").astype(int) - read(path)).max() <= 4
    cut(path)
    with pytest.raises(BadSample):
        read(path, decoder="turbo")


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
        read_image(str(path), out, Transform())

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

    def fail(*_: Any, **__: Any) -> None:
        raise trouble

    path = tmp_path / "good.png"
    picture().save(path)
    monkeypatch.setattr(Image, "open", fail)

    with pytest.raises(type(trouble)):
        read(path)


def test_file_is_closed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No descriptor stays open, whether the file was good or not."""
    opened = []
    original = Image.open

    def spy(file: Any, **options: Any) -> Any:
        opened.append(file)
        return original(file, **options)

    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    picture().save(good)
    picture().save(bad)
    cut(bad)
    monkeypatch.setattr(Image, "open", spy)
    read(good)
    with pytest.raises(BadSample):
        read(bad)

    assert [True, True] == [file.closed for file in opened]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_bad_sample_pickles(protocol: int) -> None:
    """A worker process can hand a BadSample to its parent, position and all."""
    error = BadSample("/a/b.jpg", "it is cut off")
    error.position = 5

    copy = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - made above

    assert "sample 5: cannot read /a/b.jpg: it is cut off" == str(copy)
