"""The data set hands out every kind of data, and each sample of each kind tells its id."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, Dict, Iterator, List, Union

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from refloader.driving.data.part import Part
from refloader.driving.data.samples import Samples
from refloader.driving.drives.unusual import blank
from refloader.driving.observing.identity import decode_images, decode_vectors

KINDS = ["ids", "labels", "classes", "weights", "paths", "directory", "frame", "arrays", "images"]


@pytest.fixture
def samples(tmp_path: Path) -> Iterator[Samples]:
    """Offer a data set of 23 samples and remove its files afterwards."""
    with Samples(23, folder=tmp_path, classes=4) as made:
        yield made


def _pictures(samples: Samples) -> np.ndarray:
    rows = []
    for path in samples.paths:
        with Image.open(path) as opened:
            rows.append(np.asarray(opened))
    return np.stack(rows)


def _format(path: str) -> str:
    with Image.open(path) as opened:
        return str(opened.format)


def _names(folder: Union[str, Path]) -> List[str]:
    return sorted(entry.name for entry in Path(folder).iterdir())


class TestFolder:
    """A factory that writes files has a folder for them."""

    def test_a_call_has_one_folder(self, samples: Samples) -> None:
        """Whoever asks again, as for the path of a file just written, gets the same folder."""
        (Path(samples.folder) / "x.npy").touch()

        assert ["x.npy"] == _names(samples.folder)

    def test_the_next_call_has_another_one(self, samples: Samples) -> None:
        """Nothing of an earlier call is found by a later one."""
        (Path(samples.folder) / "x.npy").touch()
        samples.another_call()

        assert [] == _names(samples.folder)


class TestIdentity:
    """Every kind of data carries the ids in canonical order."""

    def test_files_tell_their_ids(self, samples: Samples) -> None:
        """The files, JPEG and PNG, are in canonical order."""
        assert np.array_equal(samples.ids, decode_images(_pictures(samples)))

    def test_images_tell_their_ids(self, samples: Samples) -> None:
        """The pictures in memory are in canonical order."""
        assert np.array_equal(samples.ids, decode_images(samples.images))

    @pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
    def test_arrays_tell_their_ids(self, tmp_path: Path, dtype: str) -> None:
        """The vectors are in canonical order and of the drawn dtype."""
        made = Samples(9, folder=tmp_path, dtype=dtype)

        assert dtype == made.arrays.x.dtype
        assert np.array_equal(made.ids, decode_vectors(made.arrays.x))

    def test_more_than_the_narrow_code_holds_are_told(self, tmp_path: Path) -> None:
        """Beyond 4,096 samples the pictures take the wider code."""
        made = Samples(4_100, folder=tmp_path)

        assert np.array_equal(made.ids, decode_images(made.images, side=made.side))

    def test_pictures_have_the_asked_size(self, tmp_path: Path) -> None:
        """Image size is height and width, in files and in memory."""
        with Samples(2, folder=tmp_path, image_size=(20, 48)) as made:
            assert (2, 20, 48, 3) == _pictures(made).shape == made.images.shape


class TestTruth:
    """Labels and weights show any mispairing."""

    @pytest.mark.parametrize("classes", [2, 3, 10, 500])
    def test_neighbours_have_different_labels(self, tmp_path: Path, classes: int) -> None:
        """A label that slipped by one row is always a wrong one."""
        labels = np.array(Samples(300, folder=tmp_path, classes=classes, seed=5).labels)

        assert (labels[1:] != labels[:-1]).all()

    def test_labels_are_of_the_classes(self, samples: Samples) -> None:
        """Labels are plain integers below the number of classes, and all classes are listed."""
        assert [0, 1, 2, 3] == samples.classes
        assert {0, 1, 2, 3} == set(samples.labels)
        assert {int} == {type(label) for label in samples.labels}

    def test_one_class_is_possible(self, tmp_path: Path) -> None:
        """With one class every label is it."""
        assert [0, 0, 0] == Samples(3, folder=tmp_path, classes=1).labels

    def test_labels_depend_on_the_seed(self, tmp_path: Path) -> None:
        """Another seed draws other labels."""
        drawn = [tuple(Samples(30, folder=tmp_path, seed=seed).labels) for seed in range(5)]

        assert len(drawn) == len(set(drawn))

    def test_labels_do_not_depend_on_n(self, tmp_path: Path) -> None:
        """A sample keeps its label in a larger data set."""
        small, large = Samples(5, folder=tmp_path), Samples(50, folder=tmp_path)

        assert small.labels == large.labels[:5]

    def test_weights_are_all_different(self, tmp_path: Path) -> None:
        """Each of the most samples possible has its own positive weight."""
        weights = Samples(65_536, folder=tmp_path).weights

        assert np.dtype("float32") == weights.dtype
        assert len(weights) == len(np.unique(weights))
        assert 0.5 <= weights.min() < weights.max() < 1.5

    @pytest.mark.parametrize("n", [4, 5, 7, 13, 40])
    def test_where_there_are_pairs_no_class_has_one_sample(self, tmp_path: Path, n: int) -> None:
        """Of each class that has any there are two; neighbours still differ, and the seed tells."""
        for seed in range(9):
            labels = Samples(n, folder=tmp_path, classes=5, seed=seed, paired=True).labels
            counts = np.bincount(labels)

            assert 2 <= np.count_nonzero(counts)
            assert 2 <= counts[counts > 0].min()
            assert all(one != other for one, other in zip(labels, labels[1:]))

    def test_folders_sort_as_their_classes(self, tmp_path: Path) -> None:
        """Their names keep the order of the class indexes when sorted, where there are a hundred and more."""
        made = Samples(40, folder=tmp_path, classes=120)

        assert "000" == min(one.name for one in Path(made.directory).iterdir())
        assert [f"{label:03}" for label in made.labels] == [
            Path(one).parent.name for one in made.paths
        ]

    def test_folders_of_twelve_classes_are_as_people_count(self, tmp_path: Path) -> None:
        """Whoever sorts them has another order, and whoever takes a letter of each has two classes as one."""
        made = Samples(40, folder=tmp_path, classes=12)

        assert {str(label) for label in range(12)} == {
            one.name for one in Path(made.directory).iterdir()
        }

    def test_truth_is_out_of_the_loader_s_reach(self, samples: Samples) -> None:
        """Truth stays right when a loader writes into what it was given, and counts as no use."""
        expected = list(samples.labels)
        samples.labels.reverse()
        samples.weights[:] = 1
        samples.used.clear()

        assert expected == samples.truth.labels.tolist()
        assert 23 == len(set(samples.truth.weights.tolist()))
        assert set() == samples.used


class TestFiles:
    """The files in class folders."""

    def test_files_lie_in_the_folder_of_their_class(self, samples: Samples) -> None:
        """Each file's folder is named after its label."""
        folders = [int(Path(path).parent.name) for path in samples.paths]

        assert samples.labels == folders
        assert {samples.directory} == {str(Path(path).parent.parent) for path in samples.paths}

    def test_capitals_name_files_of_other_channels(self, tmp_path: Path) -> None:
        """Grey and RGBA pictures are read as their samples, as soon as they are RGB."""
        with Samples(5, folder=tmp_path, suffixes=(".JPG", ".PNG", ".jpeg")) as made:
            modes, pixels = [], []
            for path in made.paths:
                with Image.open(path) as opened:
                    modes.append(opened.mode)
                    pixels.append(np.asarray(opened.convert("RGB")))

            assert ["L", "RGBA", "RGB", "L", "RGBA"] == modes
            assert np.array_equal(made.ids, decode_images(np.stack(pixels)))

    def test_suffixes_take_turns(self, samples: Samples) -> None:
        """JPEG and PNG alternate, and each file is what its suffix says."""
        formats = [_format(path) for path in samples.paths]

        assert ["JPEG", "PNG"] * 11 + ["JPEG"] == formats
        assert [".jpg", ".png"] == [Path(path).suffix for path in samples.paths[:2]]

    @pytest.mark.parametrize("n", [2, 3, 5, 100])
    def test_names_are_not_in_canonical_order(self, tmp_path: Path, n: int) -> None:
        """A loader that sorts file names gets another order than that of the ids."""
        with Samples(n, folder=tmp_path) as made:
            names = [Path(path).name for path in made.paths]

        assert sorted(names) != names
        assert n == len(set(names))

    def test_files_of_all_classes_may_be_named_alike(self, tmp_path: Path) -> None:
        """Names then repeat from folder to folder, never within one; each file is its sample's."""
        with Samples(12, folder=tmp_path, classes=2, same_names=True) as made:
            folders: Dict[str, List[str]] = {}
            for path in map(Path, made.paths):
                folders.setdefault(path.parent.name, []).append(path.name)
            names = list(folders.values())

        assert names[0] == names[1]
        assert 6 == len(set(names[0]))
        assert 12 == len(set(made.paths))

    def test_empty_classes_have_folders(self, tmp_path: Path) -> None:
        """A class without a sample has its folder too."""
        with Samples(2, folder=tmp_path, classes=7) as made:
            assert [str(index) for index in range(7)] == _names(made.directory)

    def test_nothing_is_written_before_it_is_asked_for(self, tmp_path: Path) -> None:
        """Labels and arrays need no files."""
        made = Samples(5, folder=tmp_path)
        assert 5 == len(made.labels) == len(made.arrays.x) == len(made)

        assert [] == _names(tmp_path)

    def test_close_removes_the_files(self, tmp_path: Path) -> None:
        """After the with-block the folder is as it was."""
        with Samples(5, folder=tmp_path) as made:
            assert all(Path(path).exists() for path in made.paths)

        assert [] == _names(tmp_path)

    def test_files_that_are_changed_are_named_by_what_was_done(self, samples: Samples) -> None:
        """Other contents, other permissions, a new file and one that is gone are four things."""
        first, second, third = map(Path, samples.paths[:3])
        first.write_bytes(b"other")
        second.chmod(0o444)
        third.unlink()
        Path(samples.directory, "new").touch()
        found = samples.changed_files()

        assert {"removed", "overwritten", "permitted", "added"} == set(found)
        assert [second.name] == [Path(name).name for name in found["permitted"]]
        assert [first.name] == [Path(name).name for name in found["overwritten"]]

    def test_names_may_have_two_dots(self, tmp_path: Path) -> None:
        """Of files that are named alike, what is before the first dot is the same for all."""
        with Samples(6, folder=tmp_path, same_names=True) as made:
            names = [Path(path).name for path in made.paths]

        assert {2} == {name.count(".") for name in names}
        assert {"scan"} == {name.split(".")[0] for name in names}

    def test_names_may_be_such_as_people_give(self, tmp_path: Path) -> None:
        """Blanks, marks and accents stand in them; each file is there, and no name comes twice."""
        with Samples(24, folder=tmp_path, odd_names=True) as made:
            names = [Path(path).name for path in made.paths]
            assert all(Path(path).exists() for path in made.paths)

        assert 24 == len(set(names))
        assert set(" ,%'[]#&\u00e9\u0301") <= set("".join(names))

    def test_a_blank_sample_is_zeros_whichever_way_it_is_read(self, samples: Samples) -> None:
        """Its vector, its picture and its file are black; the next one is what it was."""
        blank(samples, 1)
        with Image.open(samples.paths[1]) as black, Image.open(samples.paths[2]) as other:
            assert not np.asarray(black).any()
            assert np.asarray(other).any()

        assert not samples.arrays.x[1].any()
        assert not samples.images[1].any()
        assert samples.images[2].any()

    def test_two_data_sets_share_a_folder(self, tmp_path: Path) -> None:
        """Equal data sets in one folder have files of their own."""
        with Samples(5, folder=tmp_path) as first, Samples(5, folder=tmp_path) as second:
            assert set(first.paths).isdisjoint(second.paths)


class TestFrame:
    """The pandas frame."""

    def test_frame_has_path_and_label(self, samples: Samples) -> None:
        """The columns are path and label in canonical order, under the plain index."""
        assert ["path", "label"] == list(samples.frame.columns)
        assert samples.paths == samples.frame["path"].tolist()
        assert samples.labels == samples.frame["label"].tolist()
        assert list(range(23)) == samples.frame.index.tolist()

    @pytest.mark.parametrize("n", [2, 3, 17])
    def test_a_shuffled_index_is_right_nowhere(self, tmp_path: Path, n: int) -> None:
        """Asked by label of the index instead of by position, every row is another one."""
        with Samples(n, folder=tmp_path, shuffled_index=True) as made:
            index = made.frame.index.to_numpy()

        assert list(range(n)) == sorted(index)
        assert (index != np.arange(n)).all()

    def test_an_index_may_name_each_row_twice(self, tmp_path: Path) -> None:
        """As where two frames were put together: asked by label, two rows come for one."""
        with Samples(12, folder=tmp_path, seed=1, shuffled_index=True) as made:
            index = made.frame.index.tolist()

        assert [2] * 6 == [index.count(name) for name in range(6)]


class TestEmpty:
    """No samples at all."""

    def test_every_kind_is_empty(self, tmp_path: Path) -> None:
        """Every attribute works and has no rows; the class folders are there."""
        with Samples(0, folder=tmp_path, classes=2) as made:
            lengths = [
                len(getattr(made, name)) for name in KINDS if name not in ("classes", "arrays")
            ]
            lengths.remove(len(made.directory))

            assert {0} == {*lengths, len(made.arrays.x), len(made.arrays.y)}
            assert ["path", "label"] == list(made.frame.columns)
            assert ["0", "1"] == _names(made.directory)


def _modify_list(samples: Samples) -> None:
    samples.labels[0], samples.labels[1] = samples.labels[1], samples.labels[0]


def _modify_array(samples: Samples) -> None:
    samples.arrays.x[3, 4] += 1


def _modify_frame(samples: Samples) -> None:
    samples.frame["new"] = 1


def _modify_index(samples: Samples) -> None:
    samples.frame.index = pd.Index(range(1, 24))


def _modify_weights(samples: Samples) -> None:
    samples.weights[0] *= 2


class TestFingerprint:
    """Modified inputs are noticed, and which."""

    @pytest.mark.parametrize("name", KINDS)
    def test_the_same_object_is_given_again(self, samples: Samples, name: str) -> None:
        """What was handed out once is handed out again, not a copy."""
        assert getattr(samples, name) is getattr(samples, name)

    def test_reading_changes_nothing(self, samples: Samples) -> None:
        """Without a modification all fingerprints stay."""
        for name in KINDS:
            getattr(samples, name)
        before = samples.fingerprint()
        samples.frame.sort_values("label")

        assert set(KINDS) == set(before)
        assert before == samples.fingerprint()

    @pytest.mark.parametrize(
        ("name", "modify"),
        [
            ("labels", _modify_list),
            ("arrays", _modify_array),
            ("frame", _modify_frame),
            ("frame", _modify_index),
            ("weights", _modify_weights),
        ],
    )
    def test_a_modified_input_is_named(self, samples: Samples, name: str, modify: Any) -> None:
        """A write into an input changes the fingerprint of that input alone."""
        for kind in KINDS:
            getattr(samples, kind)
        before = samples.fingerprint()
        modify(samples)
        after = samples.fingerprint()

        assert [name] == [kind for kind in before if before[kind] != after[kind]]

    def test_what_was_read_is_noted(self, samples: Samples) -> None:
        """Only what the factory read is in used; the frame's paths are no read of paths."""
        len(samples.frame)
        len(samples.ids)

        assert {"frame", "ids"} == samples.used


class TestPickle:
    """Copies in other processes."""

    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_a_copy_is_the_same_data_set(self, samples: Samples, protocol: int) -> None:
        """A copy gives equal data and the very same files."""
        paths = samples.paths
        copy = pickle.loads(pickle.dumps(samples, protocol))  # noqa: S301 - our own bytes

        assert paths == copy.paths
        assert samples.labels == copy.labels
        assert np.array_equal(samples.arrays.x, copy.arrays.x)

    def test_a_pickle_holds_parameters_only(self, tmp_path: Path) -> None:
        """The pickle's size does not depend on the number of samples."""
        made = Samples(4_000, folder=tmp_path)
        assert 4_000 == len(made.arrays.x) == len(made.labels)

        assert len(pickle.dumps(made)) < 1_000

    def test_a_copy_does_not_write_the_files_again(self, samples: Samples) -> None:
        """A file damaged on purpose stays damaged for the copy."""
        Path(samples.paths[2]).write_bytes(b"damaged")
        Path(samples.paths[3]).unlink()
        copy = pickle.loads(pickle.dumps(samples))  # noqa: S301 - our own bytes
        paths = copy.paths

        assert b"damaged" == Path(paths[2]).read_bytes()
        assert not Path(paths[3]).exists()

    def test_a_copy_writes_missing_files(self, samples: Samples) -> None:
        """A copy of a data set that has written nothing yet writes the same files."""
        copy = pickle.loads(pickle.dumps(samples))  # noqa: S301 - our own bytes

        assert np.array_equal(copy.ids, decode_images(_pictures(copy)))
        assert copy.paths == samples.paths
        copy.close()

    def test_a_copy_does_not_remove_the_original_s_files(self, samples: Samples) -> None:
        """Closing a copy leaves the files to whoever wrote them."""
        first = samples.paths[0]
        pickle.loads(pickle.dumps(samples)).close()  # noqa: S301 - our own bytes

        assert Path(first).exists()


class TestRefusals:
    """Wrong parameters are refused at once, by name."""

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"n": -1}, "n must be a whole number from 0 to 65536, not -1"),
            ({"n": 70_000}, "n must be a whole number from 0 to 65536, not 70000"),
            ({"n": 2.5}, "n must be a whole number from 0 to 65536, not 2.5"),
            ({"n": True}, "n must be a whole number from 0 to 65536, not True"),
            ({"classes": 0}, "classes must be a whole number from 1 to 65536, not 0"),
            ({"seed": -1}, "seed must be a whole number from 0 .*, not -1"),
            ({"dtype": "int8"}, "dtype must be uint8 or a float, got 'int8'"),
            ({"image_size": (15, 32)}, "image_size must be a whole number from 16 .*, not 15"),
            ({"suffixes": (".gif",)}, r"suffixes must be one or more of .*, got \('\.gif',\)"),
            ({"suffixes": ()}, r"suffixes must be one or more of .*, got \(\)"),
        ],
    )
    def test_a_value_out_of_range_is_refused(
        self, tmp_path: Path, wrong: Dict[str, Any], message: str
    ) -> None:
        """The ValueError names the parameter, its range and what it was."""
        with pytest.raises(ValueError, match=message):
            Samples(**dict({"n": 3, "folder": tmp_path}, **wrong))

    def test_a_size_that_is_no_pair_is_refused(self, tmp_path: Path) -> None:
        """The TypeError names the parameter and what it was."""
        with pytest.raises(TypeError, match=r"image_size must be \(height, width\), got 32"):
            Samples(3, folder=tmp_path, image_size=32)


@pytest.mark.parametrize("kind", ["ids", "labels", "weights", "paths", "arrays", "images"])
def test_a_part_has_the_rows_from_one_to_another(samples: Samples, kind: str) -> None:
    """Row 0 of a part is a later row of the whole, of whatever is asked."""
    part = Part(samples, 8, 20)
    whole, rest = getattr(samples, kind), getattr(part, kind)
    pairs = zip(whole, rest) if kind == "arrays" else [(whole, rest)]

    assert 20 - 8 == len(part)
    for given, cut in pairs:
        assert list(map(str, given[8:20])) == list(map(str, cut))


def test_a_part_has_its_own_frame_and_all_classes(samples: Samples) -> None:
    """Writing into what a part handed out changes nothing of the whole."""
    part = Part(samples, 8, 20)
    frame, arrays = part.frame, part.arrays
    frame["label"] = -1
    arrays.x[:] = 0

    assert samples.frame["path"].tolist()[8:20] == frame["path"].tolist()
    assert samples.classes == part.classes
    assert [] == samples.changed()
