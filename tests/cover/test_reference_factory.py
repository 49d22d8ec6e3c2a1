"""The reference loader that a failed requirement is tried with again."""

from __future__ import annotations

import numpy as np
import pytest

from refloader.contract.policy import Policy
from refloader.driving.data.samples import Samples
from refloader.driving.observing.identity import sample_ids
from refloader.driving.reference import reference_factory


@pytest.mark.parametrize("kind", ["sequence", "generator"])
@pytest.mark.parametrize("source", ["arrays", "image-files"])
def test_where_batches_are_padded_its_own_are_of_two_widths(tmp_path, kind, source):
    """A framework that takes one width for all fails with it too; the samples stay readable."""
    policy = Policy(kind=kind, samples=source, shapes="by-batch")
    with Samples(5, folder=tmp_path) as samples:
        loader = reference_factory(policy)(samples, 2, 0)
        batches = [next(loader) if kind == "generator" else loader[index] for index in range(3)]
    widths = [np.shape(x)[1] for x, _ in batches]

    assert widths[0] == widths[1] == widths[2] - 1
    assert [sample_ids(x) for x, _ in batches] == [[0, 1], [2, 3], [4]]
