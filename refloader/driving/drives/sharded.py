"""The drive in which a data set is read in shards: one loader a rank, as in distributed training."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Tuple

from refloader.contract.drives import BAD_SHARDS, SHARDS
from refloader.contract.judging.bad_ranks import IN_TURN, masked_phase
from refloader.contract.judging.values import WHOLE
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.bad_files import do_harm, one_damaged, truncate
from refloader.driving.drives.direct import (
    TOO_MANY,
    built_anew,
    copied,
    drive,
    iterate,
    read_epochs,
    steps_of,
)
from refloader.driving.observing.blank_rows import beside_bad_files
from refloader.driving.observing.recording import Recording, Tick, describe
from refloader.driving.processes.elsewhere import elsewhere
from refloader.driving.subject import Bench


@dataclass(frozen=True)
class Ranks:
    """A variant of the drive: how many ranks there are, and whether the last is in a fresh interpreter."""

    world: int
    fresh: bool = False

    @property
    def label(self) -> str:
        """The drive's name, as in a report."""
        apart = f", rank {self.world - 1} in a fresh process" if self.fresh else ""
        return f"{SHARDS}, world size {self.world}{apart}"


#: Numbers of ranks: one that divides many sample counts, one that divides few, and two machines of two. Then,
#: as in a real training, ranks whose processes hash strings otherwise and have other ids; that is dear.
RANKS = (Ranks(2), Ranks(3), Ranks(4), Ranks(2, fresh=True))

#: Samples whose files are damaged: in one share, whether it is every second sample or the first half.
HARMED = (0, 2, 4)
#: Ranks of a data set in which one sample is left for their last batch.
WORLD, ODD = 2, Scenario(9, 4, seed=3, epochs=1)


def shards(bench: Bench, scenario: Scenario, tick: Tick, ranks: Ranks) -> Ledger:
    """Read the data set as one rank has it, then build the loader of each of several and read its epochs."""
    here = ranks.world - ranks.fresh
    with drive(ranks.label, bench, scenario, tick) as (recording, whole, samples):
        recording.facts["world"] = ranks.world
        if whole is not None:
            read_epochs(recording, whole, WHOLE, range(1))
        for rank in range(here):
            _read_rank(recording, bench, samples, (rank, ranks.world))
            if recording.build_error:
                break
        else:
            for rank in range(here, ranks.world):
                _read_elsewhere(recording, bench, samples, (rank, ranks.world))
    return recording.ledger()


def bad_shards(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Build and read the loaders of two ranks, one of which has most of the bad files in its share."""
    with drive(BAD_SHARDS, bench, scenario, tick) as (recording, _, samples):
        recording.facts["world"] = 2
        if bench.policy.on_bad_sample == "mask":
            _mask_in_turn(recording, bench)
        do_harm(samples, HARMED, truncate)
        for rank in range(2):
            _read_rank(recording, bench, samples, (rank, 2))
    return recording.ledger()


def _mask_in_turn(recording: Recording, bench: Bench) -> None:
    """Read two ranks, of which one is without rows at the end, while the file of each sample in turn is bad.

    What that rank is given instead may be any sample.
    """
    beside = Recording(BAD_SHARDS, ODD, beside_bad_files(bench.identify), recording.tick)
    turns = {
        sample: [masked_phase(sample, rank, WORLD) for rank in range(WORLD)]
        for sample in range(ODD.n)
    }
    with bench.samples(ODD) as samples:
        for sample, phases in turns.items():
            with one_damaged(samples, sample):
                for rank, phase in enumerate(phases):
                    # Whether it can be built beside a bad file is asked where there are no ranks.
                    with contextlib.suppress(Exception):
                        subject = bench.build(samples, ODD, shard=(rank, WORLD))
                        read_epochs(beside, subject, phase, range(ODD.epochs))
    recording.facts.update({IN_TURN: turns, "n in turn": ODD.n})
    recording.add(list(beside.ledger().events))


def _read_rank(
    recording: Recording, bench: Bench, samples: Samples, shard: Tuple[int, int]
) -> None:
    phase = f"rank {shard[0]}"
    try:
        subject = bench.build(samples, recording.scenario, shard=shard)
    except Exception as error:  # noqa: BLE001 - whatever a factory raises is judged
        recording.build_error = f"shard={shard}: {describe(error)}"
        return
    recording.length(phase, subject.steps)
    read_epochs(recording, subject, phase, range(recording.scenario.epochs))
    # That it can be built is shown already.
    other = built_anew(bench, samples, subject, shard)
    if other is not None and other.policy.kind == "sequence":
        most = steps_of(other) + TOO_MANY
        copy = copied(other)
        iterate(recording, other, f"{phase}, iterated", 0, most)
        if copy is not None:
            iterate(recording, copy, f"{phase}, pickled", 0, most)


def _read_elsewhere(
    recording: Recording, bench: Bench, samples: Samples, shard: Tuple[int, int]
) -> None:
    recording.facts["fresh rank"] = shard[0]
    # The samples go with it: all ranks of a training see the same files, by the same paths.
    answer = elsewhere(build_and_read, bench, samples, recording.scenario, shard)
    if isinstance(answer, str):
        recording.build_error = f"shard={shard}, in a fresh process: {answer}"
    else:
        recording.join(answer)


def build_and_read(
    bench: Bench, samples: Samples, scenario: Scenario, shard: Tuple[int, int]
) -> Ledger:
    """Build the loader of one rank and read its epochs (run in a fresh process)."""
    recording = Recording("fresh process", scenario, bench.identify)
    _read_rank(recording, bench, samples, shard)
    return recording.ledger()
