"""The reference loader over a manifest keeps the contract that it keeps over a frame."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.loading import ImageLoader
from refloader.session import Session

FINE = ("pass", "not-applicable", "unavailable")


def make(samples, batch_size, seed, shard=(0, 1)):
    """Write the samples' frame beside their files, if it is not there, and load from it."""
    frame = samples.frame
    source = Path(str(samples.directory)) / "table.arrow"
    if not source.exists():
        columns = {name: frame[name].tolist() for name in frame.columns}
        schema = pa.schema([("path", pa.string()), ("label", pa.array(columns["label"]).type)])
        with ipc.new_file(str(source), schema) as writer:
            writer.write_table(pa.table({name: columns[name] for name in schema.names}, schema))
    classes = list(range(256))
    options = {"image_size": (32, 32), "batch_size": batch_size, "seed": seed, "shard": shard}
    return ImageLoader(str(source), classes=classes, shuffle=True, **options)


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
