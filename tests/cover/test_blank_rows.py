"""A blank picture in place of a bad file is seen also where samples are told by something else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drives.bad_files import bad_files
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench

POLICY = Policy.of(samples="image-files")


class Blank:
    """Gives a black picture for a file that cannot be read, and the row beside each label."""

    def __init__(self, samples, batch_size, seed):
        self.paths, self.batch_size = samples.paths, batch_size

    def __len__(self):
        return (len(self.paths) + self.batch_size - 1) // self.batch_size

    def __getitem__(self, index):
        rows = range(len(self.paths))[index * self.batch_size : (index + 1) * self.batch_size]
        return np.stack([self.read(self.paths[row]) for row in rows]), np.array(rows)

    def read(self, path):
        """Read one picture."""
        try:
            return np.asarray(Image.open(path))
        except OSError:
            return np.zeros((32, 32, 3), "uint8")


class Raises(Blank):
    """Names the file."""

    def read(self, path):
        """Read one picture."""
        try:
            return np.asarray(Image.open(path))
        except OSError as error:
            msg = f"cannot read {path}"
            raise ValueError(msg) from error


@pytest.mark.parametrize("slug", ["faults.bad-sample", "faults.no-silent-blank"])
@pytest.mark.parametrize(("factory", "flagged"), [(Blank, True), (Raises, False)])
def test_a_blank_picture_is_no_sample_whatever_is_told_of_it(tmp_path, slug, factory, flagged):
    """The ids stand in y; what the model sees of the bad file is black."""
    bench = Bench(factory, POLICY, str(tmp_path), lambda batch: batch[1].tolist())
    ledger = bad_files(bench, Scenario(6, 2, seed=2), no_progress, "truncated")

    assert flagged == bool(find(slug).judge(ledger, POLICY))


class Nothing(Blank):
    """Gives a clip without a picture for a file that cannot be read, one clip a batch."""

    def __getitem__(self, index):
        rows = range(len(self.paths))[index : index + 1]
        return np.stack([self.read(self.paths[row]) for row in rows]), np.array(rows)

    def __len__(self):
        return len(self.paths)

    def read(self, path):
        """Read one clip, of one picture."""
        try:
            return np.asarray(Image.open(path))[None]
        except OSError:
            return np.zeros((0, 32, 32, 3), "uint8")


def test_what_nobody_knows_is_no_sample_beside_a_bad_file(tmp_path):
    """The user's own recovery looks at the first picture of a clip; of a bad one there is none."""

    def by_the_first(batch):
        return [row for clip, row in zip(*batch) if np.ptp(clip[0])]

    bench = Bench(Nothing, POLICY, str(tmp_path), by_the_first)
    ledger = bad_files(bench, Scenario(6, 1, seed=2), no_progress, "truncated")

    assert [(0,), (1,), (None,), (3,), (4,), (5,)] == [event.ids for event in ledger.phase("epoch")]
