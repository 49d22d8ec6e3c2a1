"""What is kept of a delivered batch, beside the samples in it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from refloader.driving.data.image_code import encode_images
from refloader.driving.data.image_files import tinted
from refloader.driving.data.vector_code import encode_vectors
from refloader.driving.observing.observe import observe

PICTURES = tinted(encode_images([3, 4, 5]))
LABELS = np.arange(3)
RED_FIRST, REDDISH, BLUE_FIRST, GREY = (1, 1, 1), (1, 1, 0), (-1, -1, -1), (0, 0, 0)
MEANS, DEVIATIONS = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


@pytest.mark.parametrize(
    ("x", "colours"),
    [
        pytest.param(PICTURES, (RED_FIRST,) * 3, id="RGB"),
        pytest.param(PICTURES[..., ::-1], (BLUE_FIRST,) * 3, id="BGR"),
        pytest.param(PICTURES.transpose(0, 3, 1, 2), (RED_FIRST,) * 3, id="channels first"),
        pytest.param(PICTURES / 127.5 - 1, (RED_FIRST,) * 3, id="-1 to 1"),
        pytest.param((PICTURES / 255 - MEANS) / DEVIATIONS, (REDDISH,) * 3, id="ImageNet"),
        pytest.param(PICTURES - PICTURES.mean((0, 1, 2)), (GREY,) * 3, id="centred by channel"),
        pytest.param(PICTURES[..., [0, 0, 0]], (GREY,) * 3, id="grey of three channels"),
        pytest.param(PICTURES[..., :1], (), id="one channel"),
        pytest.param(np.full(PICTURES.shape, np.nan), (GREY,) * 3, id="NaN"),
        pytest.param(PICTURES[:0], (), id="no row"),
    ],
)
def test_which_channel_is_lighter_is_noted(x, colours):
    """The channels are compared two by two, at each pixel; those are alike that hardly differ."""
    assert colours == observe((x, LABELS[: len(x)])).colours


@pytest.mark.parametrize("space", ["YCbCr", "HSV", "LAB"])
def test_of_other_colour_spaces_no_two_pictures_differ_in_order(space):
    """Luminance is lighter than chrominance where the picture is light, and darker where it is dark."""
    pictures = tinted(encode_images(list(range(200))))
    if space == "LAB":
        pictures = np.stack([pictures.mean(3), pictures[..., 0] / 2, pictures[..., 2] / 2], axis=3)
    else:
        pictures = np.stack([np.asarray(Image.fromarray(one).convert(space)) for one in pictures])
    first, *others = observe((pictures, np.arange(200))).colours

    assert not [other for other in others if any(a * b < 0 for a, b in zip(first, other))]


def test_how_each_picture_lies_is_noted():
    """A mirrored picture lies otherwise than the others; rows that are no picture have no turn."""
    x = PICTURES.copy()
    x[1] = x[1, :, ::-1]
    lying, mirrored, other = observe((x, LABELS)).turns

    assert lying == other != mirrored
    assert observe((np.arange(9.0).reshape(3, 3), LABELS)).turns == ()


def test_rows_that_are_not_finite_are_noted():
    """NaN and infinity are noted by row, in floating-point arrays of any shape."""
    x = PICTURES.astype("float16")
    x[1, 5, 5, 0], x[2, 0, 0, 1] = np.nan, -np.inf
    leaves = observe((x, LABELS, np.array([1, np.nan, 1]))).leaves

    assert [(1,), (), (1,)] == [leaf.nan_rows for leaf in leaves]
    assert [(2,), (), ()] == [leaf.infinite_rows for leaf in leaves]


@pytest.mark.parametrize(
    ("values", "dtype"), [([0, 1, 2], "object"), (["a", b"b", "c"], "object of text")]
)
def test_objects_are_told_from_text(values, dtype):
    """Strings are kept apart from numbers where both are objects to NumPy."""
    assert dtype == observe((PICTURES, np.array(values, object))).leaves[1].dtype


@pytest.mark.parametrize(
    "beside",
    [
        np.array(["a", "b", "c"], object),
        np.array([[1], [2, 3], None], object),
        np.array(["a", "b", "c"]),
        np.zeros(3, [("age", "i4"), ("height", "f4")]),
        np.zeros(3, "datetime64[D]"),
        np.zeros(3, complex),
        ["a", "b", "c"],
        "one text",
        3.0,
        None,
    ],
    ids=lambda beside: f"{type(beside).__name__} {getattr(beside, 'dtype', '')}",
)
def test_whatever_lies_beside_the_samples_they_are_known(beside):
    """An input of names, dates or lists, or one value for the whole batch, keeps no sample from being read."""
    assert (0, 1, 2) == observe(({"vector": encode_vectors(range(3)), "more": beside}, LABELS)).ids


def test_a_second_input_that_is_inverted_shows_the_same_samples():
    """The opposite of a vector is another sample's: all rows of an input are read the other way round then."""
    x = encode_vectors([4, 5, 6])

    assert observe(((x, 1 - x), LABELS)).other_ids == {"x[1]": (4, 5, 6)}
    assert observe(((x, x[[1, 0, 2]]), LABELS)).other_ids == {"x[1]": (5, 4, 6)}


def test_a_row_weighs_the_most_of_its_heads():
    """What is left out for one head alone is trained by the other."""
    weights = (np.array([0, 0, 0.5]), np.array([0, 1, 2]))
    batch = observe((PICTURES, (LABELS, LABELS), weights))

    assert [batch.weight(row) for row in range(3)] == [0, 1, 2]
    assert observe((PICTURES, LABELS)).weight(0) == 1


def test_equal_bytes_in_another_nest_are_another_batch():
    """A batch that was seen before is known again by its bytes and by how they are nested."""
    weights = np.ones(3, "float32")
    seen = [observe(raw) for raw in ((PICTURES, LABELS), [PICTURES, LABELS], (PICTURES, LABELS))]

    assert [one.structure for one in seen] == ["(x, y)", "[x, y]", "(x, y)"]
    assert observe((PICTURES, LABELS, weights)).weights == (1, 1, 1)
    assert observe((PICTURES, weights)).weights is None


def test_the_users_own_recovery_is_asked_each_time():
    """What identify= says of a batch may depend on more than its bytes."""
    told = iter([[0, 1, 2], [3, 4, 5]])

    assert [observe((PICTURES, LABELS), lambda _: next(told)).ids for _ in range(2)] == [
        (0, 1, 2),
        (3, 4, 5),
    ]


def test_the_users_own_recovery_is_not_asked_about_no_rows():
    """A batch past the end may be of any shape; there is no row in it to know again."""
    batch = observe((np.array([]), np.array([])), lambda raw: raw[0][:, 0])

    assert batch.ids == ()


class Sparse:
    """Like SciPy's sparse matrices, which NumPy takes for one object."""

    def __init__(self, rows):
        self.rows = rows

    def toarray(self):
        """Return the rows, zeros among them."""
        return self.rows


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("form", [np.matrix, Sparse, memoryview])
def test_what_can_be_made_an_array_is_read_as_one(form):
    """A matrix of SciPy or NumPy holds the samples as the array does that Keras makes of it."""
    batch = observe((form(encode_vectors(range(3))), LABELS))

    assert ((0, 1, 2), 3) == (batch.ids, len(batch.levels))


def test_what_lies_between_long_doubles_is_no_value():
    """Six of their sixteen bytes are whatever was there before: equal values are equal batches."""
    clean, dirty = (np.frombuffer(bytes([fill]) * 96, np.longdouble).copy() for fill in (0, 255))
    clean[:] = dirty[:] = range(6)

    assert observe((clean, LABELS)).digest == observe((dirty, LABELS)).digest


def test_weights_of_text_weigh_nothing():
    """They are told of by their dtype; nothing else of the batch is lost."""
    batch = observe((encode_vectors(range(3)), LABELS, np.array(["a", "b", "c"])))

    assert ((0, 1, 2), None) == (batch.ids, batch.weights)


def test_of_samples_that_are_joined_in_one_row_nothing_is_measured():
    """An identify= may name several samples of a row, as of graphs that are joined to one."""
    joined = encode_vectors(range(3))[np.newaxis]
    batch = observe((joined, LABELS), lambda _: [0, 1, 2])

    assert ((0, 1, 2), ()) == (batch.ids, batch.steps)


def test_memory_that_nobody_wrote_to_shows_no_sample():
    """Values from one end of what a float can be to the other are no picture, and no error."""
    garbage = PICTURES.astype("float32")
    garbage[1, :16], garbage[1, 16:] = -3e38, 3e38

    assert observe((garbage, LABELS)).ids[1] is None
