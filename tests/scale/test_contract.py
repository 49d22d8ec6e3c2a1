"""The reference loader over a manifest keeps the contract that it keeps over a frame."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.loading import ImageLoader
from refloader.session import Session

FINE = ("pass", "not-applicable", "unavailable")


def make(samples, batch_size, seed, shard=(0, 1)):
    """Write the samples' frame into a folder of this call, and load from it.

    Paths are relative, so that a state fits wherever the files are.
    """
    frame = samples.frame
    folders = [str(Path(path).parent) for path in frame["path"]]
    root = os.path.commonpath(folders) if folders else samples.directory
    source = Path(samples.folder, "table.arrow")
    paths = pa.array([os.path.relpath(path, root) for path in frame["path"]], pa.string())
    table = pa.table({"path": paths, "label": pa.array(frame["label"].tolist(), pa.int64())})
    with ipc.new_file(str(source), table.schema) as writer:
        writer.write_table(table)
    options = {"image_size": (32, 32), "batch_size": batch_size, "seed": seed, "shard": shard}
    return ImageLoader(str(source), root=root, shuffle=True, classes=range(256), **options)


def test_contract_is_kept_over_a_manifest():
    """Every requirement that can be judged without a framework passes."""
    policy = Policy.of(
        samples="frame", shuffle=True, seeded=True, shards=True, resumable=True, tail="deliver"
    )
    with Session(make, policy, training=False) as session:
        results = list(session.results(choose()))
    told = {one.requirement: f"{one.verdict}: {one.witness or one.detail}" for one in results}
    others = {name: words for name, words in told.items() if not words.startswith(FINE)}

    assert {} == others
    assert sum(words.startswith("pass") for words in told.values()) > 30
