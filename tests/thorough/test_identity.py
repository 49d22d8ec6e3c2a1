"""Every sample can be told from its payload, whatever a loader does to it, and nothing else can."""

from __future__ import annotations

import io
from typing import Callable, Dict, Tuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from refloader.driving.data.codewords import CAPACITY, codebook
from refloader.driving.data.image_code import encode_images
from refloader.driving.data.image_files import image_file, tinted
from refloader.driving.data.vector_code import VECTOR_CAPACITY, encode_vectors
from refloader.driving.observing.identity import (
    Reading,
    decode_images,
    decode_vectors,
    encode_image,
    encode_vector,
    identify_leaf,
    identify_leaves,
    read_leaf,
    sample_ids,
)

Change = Callable[[np.ndarray], np.ndarray]
Cut = Tuple[int, int, int, int]

ALL = np.arange(CAPACITY[6])
# At this size each cell is 16 whole pixels.
SHARP, FIRST_CELL, CELL = 150, 27, 16
CELLS = slice(FIRST_CELL, FIRST_CELL + 6 * CELL)
SOME = ALL[::11]
ALL_VECTORS = np.arange(VECTOR_CAPACITY)
Resampling = getattr(Image, "Resampling", Image)
PILLOW_FILTERS = {
    "nearest": Resampling.NEAREST,
    "box": Resampling.BOX,
    "bilinear": Resampling.BILINEAR,
    "bicubic": Resampling.BICUBIC,
    "lanczos": Resampling.LANCZOS,
}
IMAGENET_MEAN, IMAGENET_DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CAFFE_MEAN = [103.939, 116.779, 123.68]


def _tensorflow_weights(source: int, target: int, name: str) -> np.ndarray:
    """Return how TensorFlow weighs source pixels: no antialiasing, corners or centres aligned."""
    centred = "centres" in name
    positions = (np.arange(target) + 0.5 * centred) * source / target
    if "nearest" in name:
        below = np.minimum(np.floor(positions), source - 1).astype(int)
        share = np.zeros(target)
    else:
        positions = np.clip(positions - 0.5 * centred, 0, source - 1)
        below = np.minimum(np.floor(positions), source - 2).astype(int)
        share = positions - below
    weights = np.zeros((target, source))
    weights[np.arange(target), below] += 1 - share
    weights[np.arange(target), np.minimum(below + 1, source - 1)] += share
    return np.asarray(weights)


TENSORFLOW_FILTERS = [
    "tensorflow bilinear corners",
    "tensorflow bilinear centres",
    "tensorflow nearest corners",
    "tensorflow nearest centres",
]
FILTERS = sorted(PILLOW_FILTERS) + TENSORFLOW_FILTERS


def _resized(pictures: np.ndarray, height: int, width: int, name: str) -> np.ndarray:
    """Resize grey pictures (n, h, w) by a filter of Pillow or TensorFlow."""
    if name in PILLOW_FILTERS:
        kind = PILLOW_FILTERS[name]
        resize = [Image.fromarray(one).resize((width, height), kind) for one in pictures]
        return np.stack([np.asarray(one) for one in resize])
    down = _tensorflow_weights(pictures.shape[1], height, name)
    across = _tensorflow_weights(pictures.shape[2], width, name)
    return np.asarray(down @ pictures @ across.T)


def _cropped(pictures: np.ndarray, cut: Cut) -> np.ndarray:
    """Cut pixels off above, below, left and right."""
    above, below, left, right = cut
    return pictures[:, above : pictures.shape[1] - below, left : pictures.shape[2] - right]


def _through_jpeg(picture: np.ndarray) -> np.ndarray:
    data = io.BytesIO()
    Image.fromarray(tinted(picture)).save(data, "JPEG", quality=75)
    return np.asarray(Image.open(data).convert("L"))


@pytest.fixture(scope="module")
def jpegs() -> np.ndarray:
    """All 4,096 pictures at 32 x 32 after JPEG at quality 75: uint8 (4096, 32, 32)."""
    return np.stack([_through_jpeg(picture) for picture in encode_images(ALL)])


CURVES: Dict[str, Change] = {
    "logarithm": np.log1p,
    "decibels": lambda one: 20 * np.log10(np.maximum(one / 255, 1e-2)),
    "fourth power": lambda one: one**4,
    "evened histogram": lambda one: np.asarray(
        ImageOps.equalize(Image.fromarray(one.astype("uint8")))
    ),
}
SCALES: Dict[str, Change] = {
    "uint8": lambda x: x.astype(np.uint8),
    "float32 0..1": lambda x: x.astype(np.float32) / np.float32(255),
    "float16 -1..1": lambda x: (x / 127.5 - 1).astype(np.float16),
    "float64 0..255": lambda x: x.astype(np.float64),
    "standardised": lambda x: (
        (x - x.mean((1, 2, 3), keepdims=True)) / x.std((1, 2, 3), keepdims=True)
    ),
    "ImageNet": lambda x: (x / 255 - IMAGENET_MEAN) / IMAGENET_DEVIATION,
    "caffe": lambda x: x[..., ::-1].astype(np.float32) - np.array(CAFFE_MEAN, np.float32),
}
LAYOUTS: Dict[str, Change] = {
    "RGB": lambda x: x,
    "BGR": lambda x: x[..., ::-1],
    "one channel": lambda x: x[..., :1],
    "no channel": lambda x: x[..., 0],
    "channels first": lambda x: x.transpose(0, 3, 1, 2),
    "one channel first": lambda x: x[..., :1].transpose(0, 3, 1, 2),
}
TURNS: Dict[str, Change] = {
    "upright": lambda x: x,
    "left to right": lambda x: x[:, :, ::-1],
    "upside down": lambda x: x[:, ::-1],
    "quarter turn": lambda x: np.rot90(x, 1, axes=(1, 2)),
    "half turn": lambda x: np.rot90(x, 2, axes=(1, 2)),
    "three quarter turn": lambda x: np.rot90(x, 3, axes=(1, 2)),
    "transposed": lambda x: x.transpose(0, 2, 1, 3),
}


class TestEveryPicture:
    """All 4,096 ids, each through one family of changes at a time and the hardest together."""

    @pytest.mark.parametrize("scale", sorted(SCALES))
    def test_any_scaling_of_values_is_read(self, scale: str) -> None:
        """Every id survives the scaling of values that models expect."""
        scaled = SCALES[scale](tinted(encode_images(ALL, 16)))

        assert np.array_equal(ALL, decode_images(scaled))

    @pytest.mark.parametrize("layout", sorted(LAYOUTS))
    def test_any_order_of_channels_is_read(self, layout: str) -> None:
        """Every id is read from colour, reversed colour and grey, wherever the channels are."""
        arranged = LAYOUTS[layout](tinted(encode_images(ALL, 16)))

        assert np.array_equal(ALL, decode_images(arranged))

    @pytest.mark.parametrize("turn", sorted(TURNS))
    def test_any_turn_is_read(self, jpegs: np.ndarray, turn: str) -> None:
        """Every id survives flips and quarter turns."""
        turned = TURNS[turn](jpegs[..., None])

        assert np.array_equal(ALL, decode_images(turned))

    @pytest.mark.parametrize("name", FILTERS)
    def test_the_smallest_size_is_read(self, jpegs: np.ndarray, name: str) -> None:
        """Every id survives JPEG and the reduction to 16 x 16 by any filter."""
        reduced = _resized(jpegs, 16, 16, name)

        assert np.array_equal(ALL, decode_images(reduced))

    @pytest.mark.parametrize("name", FILTERS)
    def test_another_aspect_ratio_is_read(self, jpegs: np.ndarray, name: str) -> None:
        """Ids survive being stretched to odd sizes."""
        stretched = _resized(jpegs[SOME], 17, 45, name)

        assert np.array_equal(SOME, decode_images(stretched))

    @pytest.mark.parametrize("colour", [0, 114, 255])
    @pytest.mark.parametrize("bars", [((4, 4), (8, 8)), ((0, 0), (0, 12)), ((2, 2), (2, 2))])
    def test_bars_around_a_picture_are_read_past(
        self, jpegs: np.ndarray, bars: Tuple[Tuple[int, int], ...], colour: int
    ) -> None:
        """Ids survive a letterbox, padding at one side, and a thin border, of any grey."""
        pads = ((0, 0), *bars, *((0, 0),) * (jpegs.ndim - 3))
        framed = np.pad(jpegs[SOME], pads, "constant", constant_values=colour)

        assert np.array_equal(SOME, decode_images(framed))

    @pytest.mark.parametrize("name", FILTERS)
    @pytest.mark.parametrize(("cut", "ids"), [((3, 3, 3, 3), ALL), ((0, 3, 3, 0), SOME)])
    def test_a_crop_before_the_resize_is_read(
        self, jpegs: np.ndarray, name: str, cut: Cut, ids: np.ndarray
    ) -> None:
        """Every id survives JPEG, a crop of 10 % at each edge, and then 16 x 16 pixels."""
        reduced = _resized(_cropped(jpegs[ids], cut), 16, 16, name)

        assert np.array_equal(ids, decode_images(reduced))

    @pytest.mark.parametrize("name", FILTERS)
    @pytest.mark.parametrize(("cut", "ids"), [((1, 2, 2, 1), ALL), ((0, 1, 0, 2), SOME)])
    def test_a_crop_after_the_resize_is_read(
        self, jpegs: np.ndarray, name: str, cut: Cut, ids: np.ndarray
    ) -> None:
        """Every id survives JPEG, 16 x 16 pixels, and then a crop to 13 x 13 or less even."""
        left = _cropped(_resized(jpegs[ids], 16, 16, name), cut)

        assert np.array_equal(ids, decode_images(left))

    def test_the_hardest_together_are_read(self, jpegs: np.ndarray) -> None:
        """Every id survives JPEG, crop, reduction, flip, -1..1, float16 and channels first."""
        reduced = _resized(_cropped(jpegs, (2, 3, 0, 1)), 16, 16, "bilinear")
        scaled = SCALES["float16 -1..1"](tinted(reduced)[:, :, ::-1])

        assert np.array_equal(ALL, decode_images(scaled.transpose(0, 3, 1, 2)))

    @pytest.mark.parametrize("curve", sorted(CURVES))
    @pytest.mark.parametrize("size", [20, 32])
    def test_any_curve_of_tones_is_read(self, curve: str, size: int) -> None:
        """A logarithm, a high power and an evened histogram make most pixels light, or dark."""
        files = [io.BytesIO(image_file(sample, ".jpg", (32, 32), 6)) for sample in SOME.tolist()]
        small = [Image.open(file).resize((size, size)) for file in files]
        pictures = np.stack([CURVES[curve](np.asarray(one, np.float32)) for one in small])

        assert sample_ids(pictures) == SOME.tolist()

    def test_colours_by_hue_saturation_and_value_are_read(self, jpegs: np.ndarray) -> None:
        """One channel shows the picture, where all of them together do not."""
        coloured = [Image.fromarray(tinted(one)).convert("HSV") for one in jpegs[SOME]]

        assert sample_ids(np.stack([np.asarray(one) for one in coloured])) == SOME.tolist()

    def test_unclipped_overshoot_is_read(self) -> None:
        """Every id survives a bicubic enlargement in floats, which goes beyond black and white."""
        pictures = encode_images(ALL, 16).astype(np.float32)

        assert np.array_equal(ALL, decode_images(_resized(pictures, 29, 24, "bicubic")))

    @pytest.mark.parametrize("size", [16, 20, 33, (24, 48), 64])
    def test_any_drawn_size_is_read(self, size: object) -> None:
        """Ids can be drawn at other sizes than the usual one."""
        assert np.array_equal(SOME, decode_images(encode_images(SOME, size)))  # type: ignore[arg-type]

    def test_large_pictures_are_read(self) -> None:
        """Pictures of the size that models take are read too."""
        ids = ALL[::64]

        assert np.array_equal(ids, decode_images(encode_images(ids, 224)))

    def test_the_wider_code_is_read(self) -> None:
        """With side 8 there are 65,536 ids, read down to 24 x 24 pixels."""
        ids = np.arange(0, CAPACITY[8], 97)
        reduced = _resized(encode_images(ids, 48, side=8), 24, 24, "bilinear")

        assert np.array_equal(ids, decode_images(reduced, side=8))


@st.composite
def _changes(draw: st.DrawFn) -> Tuple[int, np.ndarray]:
    """Draw an id and its picture after any of the changes that it must survive."""
    sample_id = draw(st.integers(0, CAPACITY[6] - 1))
    size = draw(st.integers(32, 64))
    picture = encode_image(sample_id, size)
    if draw(st.booleans()):
        picture = _through_jpeg(picture)
    cut = draw(st.tuples(*[st.integers(0, size // 10)] * 4))
    crop_first = draw(st.booleans())
    batch = _cropped(picture[None], cut) if crop_first else picture[None]
    height, width = draw(st.integers(16, 80)), draw(st.integers(16, 80))
    batch = _resized(batch, height, width, draw(st.sampled_from(FILTERS)))
    if not crop_first:
        most = [pixels // 10 for pixels in (height, height, width, width)]
        batch = _cropped(batch, draw(st.tuples(*[st.integers(0, lines) for lines in most])))
    batch = TURNS[draw(st.sampled_from(sorted(TURNS)))](tinted(np.rint(batch).astype(np.uint8)))
    batch = SCALES[draw(st.sampled_from(sorted(SCALES)))](batch)
    return sample_id, LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))](batch)


class TestAnyPicture:
    """Ids through combinations of changes that Hypothesis draws."""

    @settings(deadline=None, max_examples=200)
    @given(_changes())
    def test_any_combination_of_changes_is_read(self, changed: Tuple[int, np.ndarray]) -> None:
        """A picture is read after JPEG, crop, resize, turn, scaling and another layout."""
        sample_id, batch = changed

        assert [sample_id] == sample_ids(batch)


class TestNoPicture:
    """What is not the picture of exactly one sample is none."""

    @pytest.mark.parametrize("value", [0.0, 1.0, 0.5, 255.0, -1.0, np.nan, np.inf])
    def test_a_constant_is_no_sample(self, value: float) -> None:
        """Blank, black, mean-coloured and undefined pictures are no sample."""
        batch = np.full((2, 16, 16, 3), value, np.float32)

        assert [None, None] == sample_ids(batch)

    def test_absurd_numbers_are_no_sample(self) -> None:
        """Numbers near the limit of floats, infinite and undefined ones give None, no warning."""
        batch = np.random.RandomState(8).choice([1e308, -1e308, np.inf, np.nan, 0], (2, 16, 16, 3))

        assert [None, None] == sample_ids(batch)
        assert [None, None] == sample_ids(batch.reshape(2, -1)[:, :48])

    def test_a_mean_colour_is_no_sample(self) -> None:
        """Channels that differ make no picture."""
        batch = np.broadcast_to(np.array(CAFFE_MEAN, np.float32), (2, 32, 32, 3))

        assert [None, None] == sample_ids(batch)

    def test_noise_is_no_sample(self) -> None:
        """Noise of any kind is no sample."""
        random = np.random.RandomState(5)
        normal = random.standard_normal((500, 16, 16))
        binary = random.randint(0, 2, (500, 16, 16))

        assert {-1} == set(decode_images(normal)) | set(decode_images(binary))

    def test_noise_within_the_frame_is_no_sample(self) -> None:
        """Random cells in a perfect frame are no sample."""
        pictures = encode_images(np.zeros(500, int), SHARP)
        cells = np.random.RandomState(6).randint(0, 2, (500, 6, 6)) * 255
        pictures[:, CELLS, CELLS] = cells.repeat(CELL, axis=1).repeat(CELL, axis=2)

        assert {-1} == set(decode_images(pictures))

    @pytest.mark.parametrize("size", [16, 32])
    def test_an_average_of_two_is_no_sample(self, jpegs: np.ndarray, size: int) -> None:
        """Two pictures laid over each other are no sample, whichever two they are."""
        pictures = _resized(jpegs, size, size, "bilinear").astype(np.float32)
        averages = (pictures + np.roll(pictures, 777, axis=0)) / 2

        assert {-1} == set(decode_images(averages))

    def test_channels_of_two_samples_are_no_sample(self) -> None:
        """Each channel shows a sample, but not the same one."""
        first, second = encode_images([3, 4])
        grey = np.full_like(first, 128)

        assert [None] == sample_ids(np.stack([first, second, grey], axis=2)[None])

    @pytest.mark.parametrize("rows_of_cells", range(1, 6))
    def test_a_stitched_picture_is_no_sample(self, rows_of_cells: int) -> None:
        """A picture above and another below are no sample, unless their cells are just the same."""
        others = np.roll(SOME, 1)
        cells, other_cells = codebook(6).cells[SOME], codebook(6).cells[others]
        pictures, other_pictures = encode_images(SOME, SHARP), encode_images(others, SHARP)
        row = FIRST_CELL + rows_of_cells * CELL
        ids = decode_images(np.concatenate([pictures[:, :row], other_pictures[:, row:]], axis=1))
        stitched = np.concatenate(
            [cells[:, :rows_of_cells], other_cells[:, rows_of_cells:]], axis=1
        )
        like_upper = (stitched == cells).all(axis=(1, 2))
        like_lower = (stitched == other_cells).all(axis=(1, 2))
        expected = np.where(like_upper, SOME, np.where(like_lower, others, -1))

        assert np.array_equal(expected, ids)

    @pytest.mark.parametrize("fill", [0, 127, 255])
    @pytest.mark.parametrize("row", [8, 12, 16, 20, 24])
    def test_a_half_filled_picture_is_no_sample(self, fill: int, row: int) -> None:
        """A picture whose lower rows were never written is no sample."""
        pictures = encode_images(SOME)
        pictures[:, row:] = fill

        assert {-1} == set(decode_images(pictures))

    def test_a_damaged_cell_is_no_sample(self) -> None:
        """One cell with the other colour makes a picture unreadable, not another sample."""
        pictures = encode_images(SOME, SHARP)
        cell = slice(FIRST_CELL, FIRST_CELL + CELL)
        pictures[:, cell, cell] = 255 - pictures[:, cell, cell]

        assert {-1} == set(decode_images(pictures))

    def test_only_the_damaged_row_of_a_batch_is_lost(self) -> None:
        """A row that is no sample leaves the others readable."""
        batch = encode_images([3, 1, 4])
        batch[1] = 0

        assert [3, None, 4] == sample_ids(batch)


VECTOR_CHANGES: Dict[str, Change] = {
    "as drawn": lambda x: x,
    "uint8 0, 255": lambda x: (x * 255).astype(np.uint8),
    "float16 -1..1": lambda x: (x * 2 - 1).astype(np.float16),
    "float64": lambda x: x.astype(np.float64) / 255,
    "standardised by column": lambda x: (x - x.mean(0)) / x.std(0),
    "standardised by row": lambda x: (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True),
    "reshaped": lambda x: x.reshape(len(x), 6, 8, 1),
}


class TestVectors:
    """The vector code of the arrays."""

    @pytest.mark.parametrize("change", sorted(VECTOR_CHANGES))
    def test_every_vector_is_read(self, change: str) -> None:
        """All 65,536 ids survive scaling, standardisation, casts and reshaping."""
        changed = VECTOR_CHANGES[change](encode_vectors(ALL_VECTORS))

        assert np.array_equal(ALL_VECTORS, decode_vectors(changed))

    @pytest.mark.parametrize("n", range(2, 40))
    def test_small_sets_standardised_by_column_are_read(self, n: int) -> None:
        """No column of two or more samples in order is constant, so standardising keeps the ids."""
        drawn = encode_vectors(range(n))
        standardised = (drawn - drawn.mean(0)) / drawn.std(0)

        assert list(range(n)) == decode_vectors(standardised).tolist()

    @pytest.mark.parametrize("value", [0.0, 1.0, 0.5, np.nan, np.inf])
    def test_a_constant_vector_is_no_sample(self, value: float) -> None:
        """Blank and undefined rows are no sample."""
        assert [-1] == decode_vectors(np.full((1, 48), value)).tolist()

    def test_an_averaged_vector_is_no_sample(self) -> None:
        """The mean of two samples is none."""
        drawn = encode_vectors(ALL_VECTORS)

        assert {-1} == set(decode_vectors((drawn + np.roll(drawn, 5, axis=0)) / 2))

    @pytest.mark.parametrize("place", [12, 24, 36])
    def test_a_stitched_vector_is_no_other_sample(self, place: int) -> None:
        """The head of one sample and the tail of another are none, or the one they agree with."""
        drawn = encode_vectors(ALL_VECTORS)
        others = np.roll(ALL_VECTORS, 5)
        ids = decode_vectors(np.concatenate([drawn[:, :place], drawn[others, place:]], axis=1))

        assert not set(np.flatnonzero((ids != ALL_VECTORS) & (ids != others) & (ids >= 0)))

    @pytest.mark.parametrize("before", [0, 3])
    def test_a_padded_vector_is_read(self, before: int) -> None:
        """Padding of one value, before or behind, leaves the id."""
        padded = np.pad(encode_vectors([5, 6]), ((0, 0), (before, 3 - before)), constant_values=9)

        assert {"x": [5, 6]} == identify_leaves(padded)

    def test_what_is_beside_a_vector_is_no_padding(self) -> None:
        """A row with values of another beside it is no sample."""
        rows = np.concatenate([encode_vectors([5]), encode_vectors([6])], axis=1)

        assert {} == {name: ids for name, ids in identify_leaves(rows).items() if ids != [None]}

    def test_steps_of_a_sequence_show_one_sample(self) -> None:
        """Padding says nothing; two samples in one sequence are none."""
        steps = np.repeat(encode_vectors([5, 6, 7])[:, None], 4, axis=1)
        steps[0, 2:] = 0
        steps[1, :3] = -1
        steps[2, 3] = encode_vectors([8])[0]

        assert {"x": [5, 6, None]} == identify_leaves(steps)

    def test_a_noisy_vector_is_no_sample(self) -> None:
        """Random values are no sample."""
        noise = np.random.RandomState(7).standard_normal((20_000, 48))

        assert {-1} == set(decode_vectors(noise))


class TestIdentify:
    """How leaves are found, named and read."""

    def test_each_leaf_has_its_name(self) -> None:
        """Pictures and vectors in a nest are read under the names that Python gives them."""
        pictures, vectors = encode_images([5, 6]), encode_vectors([7, 8])
        nest = {"image": pictures, "more": (vectors, [pictures])}

        assert {
            "x['image']": [5, 6],
            "x['more'][0]": [7, 8],
            "x['more'][1][0]": [5, 6],
        } == identify_leaves(nest)

    def test_a_bare_array_is_x(self) -> None:
        """The only leaf of an array is x itself."""
        assert {"x": [9]} == identify_leaves(encode_vectors([9]))

    def test_leaves_that_cannot_carry_an_id_are_left_out(self) -> None:
        """Labels, texts and scalars are no leaves with ids."""
        assert {} == identify_leaves((np.zeros(3), np.array(["a"] * 3), 4, np.zeros((3, 5))))

    def test_the_first_leaf_that_tells_is_taken(self) -> None:
        """A leaf without a readable row gives way to one that has some."""
        assert [2, 3] == sample_ids((np.zeros((2, 48)), encode_images([2, 3])))

    def test_rows_that_nothing_identifies_are_none(self) -> None:
        """Without any leaf that could carry ids, every row is unknown."""
        assert [None, None, None] == sample_ids((np.zeros((3, 5)), np.zeros(3)))

    @pytest.mark.parametrize("shape", [(0, 32, 32, 3), (0, 48)])
    def test_an_empty_batch_has_no_ids(self, shape: Tuple[int, ...]) -> None:
        """A batch without rows gives no ids."""
        assert [] == sample_ids(np.zeros(shape))

    @pytest.mark.parametrize("axis", [1, 3])
    def test_a_clip_or_a_volume_of_one_picture_is_read(self, axis: int) -> None:
        """Frames before the height, or slices behind the width, that all show a sample are that sample."""
        x = np.stack([tinted(encode_images([4, 9, 1], 32))] * 12, axis=axis)
        assert sample_ids(x / 255) == [4, 9, 1]

    def test_a_clip_of_two_pictures_is_no_sample(self) -> None:
        """A row whose last frame shows another sample is none; the others are read."""
        x = np.stack([tinted(encode_images([4, 9, 1], 32))] * 3, axis=1)
        x[1, 2] = x[0, 0]
        assert sample_ids(x) == [4, None, 1]

    def test_a_mask_tells_how_it_lies(self) -> None:
        """A mirrored mask is of the same sample and lies otherwise; that of one-hot classes too."""
        pictures = encode_images([4, 5])
        mask = (pictures > 127).astype("uint8")
        upright, mirrored = _reading(mask), _reading(mask[:, :, ::-1])
        classes = _reading(np.eye(3)[mask[:, :, ::-1]])

        assert [4, 5] == upright.ids == mirrored.ids == classes.ids
        assert mirrored.turns == classes.turns
        assert not any(one == other for one, other in zip(upright.turns, mirrored.turns))
        assert all(reading.mask for reading in (upright, mirrored, classes))

    def test_a_photograph_is_no_mask(self) -> None:
        """Pictures of more than two values each may be another view of the sample."""
        assert not _reading(encode_images([4, 5])).mask

    def test_a_leaf_of_another_shape_is_none(self) -> None:
        """A leaf that cannot carry an id gives None instead of ids."""
        assert identify_leaf(np.zeros((3, 5))) is None


def _reading(leaf: np.ndarray) -> Reading:
    reading = read_leaf(leaf)
    assert reading is not None
    return reading


class TestRefusals:
    """Wrong input is refused with an error that names it."""

    @pytest.mark.parametrize("sample_id", [-1, 4096])
    def test_a_picture_of_no_id_is_refused(self, sample_id: int) -> None:
        """An id outside the picture code is a ValueError."""
        with pytest.raises(ValueError, match=r"ids for side 6 must be in 0\.\.4095"):
            encode_image(sample_id)

    @pytest.mark.parametrize("sample_id", [-1, 65_536])
    def test_a_vector_of_no_id_is_refused(self, sample_id: int) -> None:
        """An id outside the vector code is a ValueError."""
        with pytest.raises(ValueError, match=r"ids must be in 0\.\.65535"):
            encode_vector(sample_id)

    def test_an_unknown_side_is_refused(self) -> None:
        """A side without a codebook is a ValueError."""
        with pytest.raises(ValueError, match=r"side must be one of \[6, 8\], got 7"):
            encode_image(0, side=7)

    def test_what_is_no_batch_of_pictures_is_refused(self) -> None:
        """decode_images names the shape that it cannot read."""
        with pytest.raises(ValueError, match=r"a batch of pictures, got shape \(2, 3\)"):
            decode_images(np.zeros((2, 3)))

    def test_what_is_no_batch_of_vectors_is_refused(self) -> None:
        """decode_vectors names the shape that it cannot read."""
        with pytest.raises(ValueError, match=r"rows of 48 values, got shape \(2, 3\)"):
            decode_vectors(np.zeros((2, 3)))


def seen_through(
    picture: np.ndarray, matrix: np.ndarray, fill: int, moved: Tuple[float, float] = (0, 0)
) -> np.ndarray:
    """Return a picture as a linear map about its middle shows it, and moved by shares of its side.

    What comes from outside is filled.
    """
    middle = (len(picture) - 1) / 2
    inverse = np.linalg.inv(matrix)
    (a, b), (c, d) = inverse
    offsets = middle - inverse @ (middle + len(picture) * np.array(moved))
    terms = (a, b, offsets[0], c, d, offsets[1])
    drawn = Image.fromarray(picture).transform(
        (len(picture), len(picture)), Image.AFFINE, terms, Resampling.BILINEAR, fillcolor=fill
    )
    return np.asarray(drawn)


def turn(degrees: float) -> np.ndarray:
    """Return the map that turns a picture."""
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


AUGMENTED = {
    **{f"turned by {degrees}": turn(degrees) for degrees in (-20, -13, -7, 4, 10, 17, 20)},
    **{f"sheared by {share}": np.array([[1, share], [0, 1]]) for share in (-0.35, -0.2, 0.2, 0.35)},
    "turned and made smaller": 0.8 * turn(15),
    "turned and stretched": turn(-12) @ np.diag([1.1, 0.9]),
}


@pytest.mark.parametrize("fill", [0, 128, 255])
@pytest.mark.parametrize("name", AUGMENTED)
@pytest.mark.parametrize("size", [32, 64, 150])
def test_augmented_pictures_are_read(size: int, name: str, fill: int) -> None:
    """What augmentation usually does to a picture's shape hides no sample, whatever fills its corners."""
    wanted = SOME[::8]
    pictures = encode_images(wanted, size)
    seen = np.stack([seen_through(one, AUGMENTED[name], fill) for one in pictures])

    assert wanted.tolist() == decode_images(seen).tolist()


@pytest.mark.parametrize("fill", [0, 128, 255])
@pytest.mark.parametrize("size", [48, 64, 150])
def test_pictures_that_are_turned_and_moved_are_read(size: int, fill: int) -> None:
    """By up to 20 degrees and a tenth both ways, as most tutorials do it: a side may be out of the picture."""
    random = np.random.default_rng(size)
    wanted = random.permutation(ALL)[:200]
    seen = np.stack(
        [
            seen_through(one, turn(by), fill, (across, down))
            for one, by, across, down in zip(
                encode_images(wanted, size),
                random.uniform(-20, 20, len(wanted)),
                *random.uniform(-0.1, 0.1, (2, len(wanted))),
            )
        ]
    )
    found = decode_images(seen)
    unread = found < 0

    assert unread.sum() <= len(wanted) // 50
    assert wanted[~unread].tolist() == found[~unread].tolist()


def test_inverted_pictures_are_read() -> None:
    """Black for white hides no sample, turned or not."""
    pictures = encode_images(SOME, 32)
    turned = np.stack([seen_through(one, turn(12), 255) for one in pictures])

    assert SOME.tolist() == decode_images(255 - pictures).tolist()
    assert SOME.tolist() == decode_images(255 - turned).tolist()


@pytest.mark.parametrize("channels", [1, 3])
def test_flattened_pictures_are_read(channels: int) -> None:
    """Rows of pixels, as a network without convolutions takes them, are pictures still."""
    pictures = np.repeat(encode_images(SOME, 28)[..., None], channels, axis=3)

    assert SOME.tolist() == sample_ids(pictures.reshape(len(SOME), -1) / 255.0)


@pytest.mark.parametrize("size", [20, 32, 64])
def test_what_is_seen_askew_is_never_another_sample(size: int) -> None:
    """Turned as far as it goes, moved, cut into and put together: a row is its sample or none."""
    random = np.random.default_rng(size)
    wanted = random.permutation(ALL)[:120]
    pictures = encode_images(wanted, size)
    turns = random.uniform(-180, 180, len(wanted)), random.uniform(0.6, 1.6, len(wanted))
    askew = [seen_through(one, turn(by) * far, 0) for one, by, far in zip(pictures, *turns)]
    moved = [np.roll(one, random.integers(0, size, 2), (0, 1)) for one in pictures]
    noise = random.integers(0, 255, pictures.shape, np.uint8)

    for seen in (askew, moved):
        found = decode_images(np.stack(seen))
        assert ((found == wanted) | (found < 0)).all()
    assert (decode_images(noise) < 0).all()


def test_samples_are_told_by_the_leaf_that_the_ledger_takes():
    """Of a dict that is not in the order of its keys the first key tells, however it was written."""
    nest = {"z": encode_vectors([1, 2]), "a": encode_vectors([5, 6])}

    assert [5, 6] == sample_ids(nest)
