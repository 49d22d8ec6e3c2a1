"""What becomes of a table in which two rows name the same file."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from refloader.contract.chapters.coverage import no_loss
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.drives.unusual import named_twice
from refloader.driving.observing.recording import no_progress
from refloader.driving.scenarios import applicable
from refloader.driving.subject import Bench

POLICY = Policy.of(samples="image-files")
LOST = "sample 3 is never delivered in epoch 0 (samples 2 and 3 have one file and one label)"


class Pictures:
    """Reads pictures by path; of each it delivers the row too."""

    def __init__(self, paths, labels, batch_size):
        self.paths, self.labels, self.batch_size = list(paths), list(labels), batch_size

    def __len__(self):
        return (len(self.paths) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        rows = range(len(self.paths))[index * self.batch_size : (index + 1) * self.batch_size]
        x = np.stack([np.asarray(Image.open(self.paths[row])) for row in rows])
        return {"x": x, "row": np.array(rows)}, np.array([self.labels[row] for row in rows])


def by_rows(samples, batch_size, seed):
    """Read the lists."""
    return Pictures(samples.paths, samples.labels, batch_size)


def by_frame(samples, batch_size, seed):
    """Read the frame."""
    return Pictures(samples.frame["path"], samples.frame["label"], batch_size)


def by_path(samples, batch_size, seed):
    """Read what a dictionary by path has."""
    labels = dict(zip(samples.paths, samples.labels))
    return Pictures(labels, labels.values(), batch_size)


def without_doubles(samples, batch_size, seed):
    """Read the frame's different rows."""
    frame = samples.frame.drop_duplicates()
    return Pictures(frame["path"], frame["label"], batch_size)


def by_folder(samples, batch_size, seed):
    """Read what a folder has, however often a table names it."""
    assert samples.directory
    return by_path(samples, batch_size, seed)


def refusing(samples, batch_size, seed):
    """Refuse a table that names a file twice."""
    if len(set(samples.paths)) < len(samples):
        msg = "a file is named twice"
        raise ValueError(msg)
    return by_rows(samples, batch_size, seed)


class Boxes(Pictures):
    """Reads each picture once, with the boxes of all rows that name it."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x["x"], np.stack(
            [np.outer([1, label], [label, row]) for row, label in zip(x["row"], y)]
        )


def by_picture(samples, batch_size, seed):
    """Join the rows of each picture."""
    labels = dict(zip(samples.paths, samples.labels))
    return Boxes(labels, labels.values(), batch_size)


def rows_of(batch):
    """Tell the samples by the rows that the loader says."""
    return batch[0]["row"].tolist()


@pytest.mark.parametrize(
    ("factory", "kind", "identify", "said"),
    [
        (by_rows, "image-files", None, None),
        (by_frame, "frame", None, None),
        (by_folder, "image-files", None, None),
        (refusing, "image-files", None, None),
        (by_picture, "image-files", None, None),
        (by_path, "image-files", None, LOST),
        (without_doubles, "frame", None, LOST),
        (by_rows, "image-files", rows_of, None),
    ],
)
def test_a_file_that_two_rows_name_comes_twice(tmp_path, factory, kind, identify, said):
    """Who reads rows delivers both, and who keeps them by path one of them."""
    bench = Bench(factory, POLICY, str(tmp_path), identify)
    ledger = named_twice(bench, Scenario(8, 4, seed=2), no_progress, kind)

    assert said == no_loss(ledger, POLICY)


@pytest.mark.parametrize(
    ("samples", "targets", "asked"),
    [("frame", "labels", True), ("frame", "own", False), ("arrays", "labels", False)],
)
def test_rows_of_one_file_may_make_one_sample_where_y_is_their_own(samples, targets, asked):
    """Boxes stand in a table with a row for each; of vectors no file is named."""
    assert asked == applicable("named-twice", Policy.of(samples=samples, targets=targets))
