"""The drive in which a data set is read in shards: one loader a rank, as in distributed training."""

from __future__ import annotations

from refloader.contract.drives import SHARDS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.direct import drive, read_epochs
from refloader.driving.recording import Tick, describe
from refloader.driving.subject import Bench

#: Numbers of ranks: one that divides many sample counts, one that divides few.
WORLDS = (2, 3)


def shards(bench: Bench, scenario: Scenario, tick: Tick, world: int) -> Ledger:
    """Build the loader of each rank and read its epochs, one rank after the other."""
    name = f"{SHARDS}, world size {world}"
    with drive(name, bench, scenario, tick) as (recording, _, samples):
        recording.facts["world"] = world
        for rank in range(world):
            try:
                subject = bench.build(samples, scenario, shard=(rank, world))
            except Exception as error:  # noqa: BLE001 - whatever a factory raises is judged
                recording.build_error = f"shard=({rank}, {world}): {describe(error)}"
                break
            recording.length(f"rank {rank}", subject.steps)
            read_epochs(recording, subject, f"rank {rank}", range(scenario.epochs))
    return recording.ledger()
