"""Whether the factory builds what it was asked to build: looked at before anything is judged."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from types import GeneratorType
from typing import Any, List, Optional, Set

from refloader.contract.judging.blended import has_blends
from refloader.contract.judging.questions import expected_length
from refloader.contract.ledger import Batch, Event, Ledger, Scenario
from refloader.driving.data.image_files import SUFFIXES
from refloader.driving.data.vector_code import opposite
from refloader.driving.drives.direct import steps_of
from refloader.driving.forms import shape_error, signature_error
from refloader.driving.observing.observe import UnidentifiedError
from refloader.driving.observing.recording import Recording, describe
from refloader.driving.recognition import exchanged, hidden_rows, hint
from refloader.driving.relabelling import targets_are_own
from refloader.driving.subject import Bench
from refloader.driving.surroundings.global_random import seed_all
from refloader.errors import is_full
from refloader.frameworks.installed import keras_of

EXPECTED = "make(samples, batch_size, seed) -> loader"
EXPECTED_SHARDED = "make(samples, batch_size, seed, shard=(rank, world size)) -> loader"
#: What a loader of vectors in memory may ask its samples for.
ASKED_FOR_VECTORS = frozenset(("arrays", "classes", "ids", "labels", "weights"))
# Even batches, so that no tail policy matters; two sizes, to see that the loader follows n and B. The first
# number is odd: the vectors of an even one are each other's opposites, so that inverted ones would pass.
SCENARIOS = (Scenario(15, 5), Scenario(24, 4), Scenario(24, 6))
# So many more where rows are augmented: an augmentation that hides one row of thirty shows here.
AUGMENTED = Scenario(96, 8)


@dataclass(frozen=True)
class Probe:
    """What the probe found: an adapter error or none, which samples the factory reads, and what y is.

    loader -- its type; keras -- the package whose base it has, or None
    vectors -- whether it asks for vectors in memory and what goes with them, and neither pictures nor files
    """

    error: Optional[str]
    samples: str = "arrays"
    targets: str = "labels"
    loader: str = ""
    keras: Optional[str] = None
    vectors: bool = False


def probe(bench: Bench) -> Probe:
    """Build the loader for a few requests and compare what it delivers with what was asked."""
    wrong = signature_error(bench.factory, shards=bench.policy.shards)
    if wrong:
        called = EXPECTED_SHARDED if bench.policy.shards else EXPECTED
        return Probe(f"it is declared as {wrong}; it is called as {called}")
    ledgers: List[Ledger] = []
    used: List[str] = []
    name, keras = "", None
    for scenario in (*SCENARIOS, *([AUGMENTED] if bench.policy.augment else [])):
        seed_all(scenario.seed)
        with bench.samples(scenario) as samples:
            try:
                subject = bench.build(samples, scenario)
            except Exception as error:
                if is_full(error):
                    raise
                return Probe(f"for {scenario} it raised {describe(error)}{_line(error)}")
            wrong = shape_error(subject.loader, bench.policy.kind)
            if wrong:
                return Probe(wrong)
            name, keras = type(subject.loader).__name__, keras_of(subject.loader)
            try:
                ledgers.append(_first_epoch(bench, scenario, subject))
                wrong = _exchanged(bench, ledgers[-1], subject)
            except UnidentifiedError as error:
                wrong = str(error)
            if wrong:
                return Probe(wrong)
            used += sorted(samples.used)
    wrong = _wrong_epochs(ledgers, bench)
    targets = "labels" if wrong else _targets(ledgers[1], used, bench)
    return Probe(wrong, _kind(used), targets, name, keras, ASKED_FOR_VECTORS.issuperset(used))


def _targets(ledger: Ledger, used: List[str], bench: Bench) -> str:
    def relabelled(scenario: Scenario) -> Ledger:
        # The factory's seed stays, so that nothing but the classes differs.
        with bench.samples(scenario) as samples:
            subject = bench.build(samples, scenario, seed=ledger.scenario.seed)
            return _first_epoch(bench, scenario, subject)

    own = targets_are_own(ledger, used, bench.policy, relabelled)
    return "own" if own else "labels"


def _first_epoch(bench: Bench, scenario: Scenario, subject: Any) -> Ledger:
    recording = Recording("probe", scenario, bench.identify)
    for index in range(steps_of(subject)):
        raw = recording.read_index("epoch", 0, index, subject)
        if isinstance(raw, GeneratorType):
            raise UnidentifiedError(
                f"batch {index} is a generator, made by a `yield` in {raw.__qualname__}: what yields has to "
                "return the batch, or is what the factory returns"
            )
    return recording.ledger()


def _exchanged(bench: Bench, first: Ledger, subject: Any) -> Optional[str]:
    if bench.policy.kind != "sequence" or not any(map(has_blends, first.batches())):
        return None
    return exchanged(first, _first_epoch(bench, first.scenario, subject))


def _kind(used: List[str]) -> str:
    if "frame" in used:
        return "frame"
    return "image-files" if {"paths", "directory"} & set(used) else "arrays"


def _line(error: BaseException) -> str:
    """Name the user's own line that raised, or that asked the samples for what they have not."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [
        frame for frame in frames if Path(__file__).parent not in Path(frame.filename).parents
    ]
    for frame in theirs[-1:] or frames[-1:]:
        return f" (line {frame.lineno} of {frame.filename}, in {frame.name})"
    return ""


def _wrong_epochs(ledgers: List[Ledger], bench: Bench) -> Optional[str]:
    return (
        _unreadable(ledgers)
        or _unknown(ledgers, bench)
        or hidden_rows(ledgers, bench.policy)
        or _fixed_size(ledgers[: len(SCENARIOS)], bench)
        or _other_count(ledgers, bench)
    )


def _unreadable(ledgers: List[Ledger]) -> Optional[str]:
    events: List[Event] = [event for ledger in ledgers for event in ledger.events]
    if not events:
        return (
            f"asked for {ledgers[0].scenario.n} samples in batches of "
            f"{ledgers[0].scenario.batch_size}, its loader has no batch"
        )
    if all(event.error for event in events):
        return f"its loader delivers no batch at all: reading batch 0 raised {events[0].error}"
    return None


def _unknown(ledgers: List[Ledger], bench: Bench) -> Optional[str]:
    batches = [batch for ledger in ledgers for batch in ledger.batches()]
    ids = [sample for batch in batches for sample in batch.ids]
    # Arrays without rows hide nothing: that they have none is for the contract to say.
    rowless = all(leaf.shape[:1] == (0,) for batch in batches for leaf in batch.leaves)
    if batches and not rowless and all(sample is None for sample in ids):
        how = "by identify=" if bench.identify else f"from the payload ({hint(batches)})"
        return (
            f"no delivered row is a sample that it was given: x is {_shown(batches[0])}, and no "
            f"identity could be recovered {how}"
        )
    for ledger in ledgers:
        strange = [
            sample
            for batch in ledger.batches()
            for sample in batch.ids
            if sample is not None and not 0 <= sample < ledger.scenario.n
        ]
        opposites = {opposite(sample) for sample in strange}
        if strange and not bench.identify and opposites <= set(range(ledger.scenario.n)):
            return (
                "the vectors of x are delivered inverted, as by 1 - x, and read as other samples then; the "
                "factory has to leave that step out, or identify= to say which samples they are"
            )
        if strange:
            return (
                f"asked for {ledger.scenario.n} samples, it delivers sample {strange[0]}, which is "
                "none of them"
            )
    return None


def _shown(batch: Batch) -> str:
    shown = ", ".join(f"{leaf.dtype}{list(leaf.shape)}" for leaf in batch.leaves[:2])
    return shown or "no array"


def _fixed_size(ledgers: List[Ledger], bench: Bench) -> Optional[str]:
    """Say how the loader fails to follow n (15 and then 24) or the batch size (4, then 6)."""
    if any(event.error for ledger in ledgers for event in ledger.events):
        # How many rows the batches that could not be read would have is not known.
        return None
    small, large, wide = ledgers
    counts = [sum(len(batch.ids) for batch in ledger.batches()) for ledger in (small, large)]
    if bench.policy.kind != "generator" and counts[0] == counts[1] > 0:
        return (
            f"asked for {small.scenario.n} samples and then for {large.scenario.n}, it delivers {counts[0]} "
            "rows both times: it does not build from the samples that it is given, or `__len__` does not "
            "follow their number"
        )
    sizes = [{len(batch.ids) for batch in ledger.batches()} for ledger in (large, wide)]
    if sizes[0] == sizes[1] != {0} and len(sizes[0]) == 1 and bench.policy.kind != "arrays":
        return f"asked for batches of 4 and then of 6, it delivers batches of {sizes[0].pop()} both times"
    return None


def _other_count(ledgers: List[Ledger], bench: Bench) -> Optional[str]:
    """Say so if each epoch is flawless, but over quite another number of samples."""
    if bench.policy.sampling == "with-replacement" or bench.policy.kind == "generator":
        return None
    found = [_flawless_other(ledger, bench) for ledger in ledgers]
    formats = len(SUFFIXES[bench.policy.formats])
    if all(found) and not all(_by_format(ledger, formats) for ledger in ledgers):
        return (
            f"asked for {ledgers[-1].scenario.n} samples, it delivers a whole epoch of {found[-1]}: "
            "it builds from a part (or a multiple) of the samples that it is given"
        )
    return None


def _by_format(ledger: Ledger, formats: int) -> bool:
    """Say whether of each format it delivers all files or none: a loss, to be judged."""
    every, delivered = range(ledger.scenario.n), _distinct(ledger)
    shares = [delivered.intersection(every[first::formats]) for first in range(formats)]
    return all(len(share) in {0, len(every[first::formats])} for first, share in enumerate(shares))


def _flawless_other(ledger: Ledger, bench: Bench) -> Optional[int]:
    rows = [sample for batch in ledger.batches() for sample in batch.ids]
    built = Scenario(len(rows), ledger.scenario.batch_size)
    off_by = abs(len(rows) - ledger.scenario.n)
    whole = len(ledger.batches()) == expected_length(built, bench.policy)
    even = all(len(batch.ids) == built.batch_size for batch in ledger.batches()[:-1])
    return len(rows) if off_by > built.batch_size and whole and even else None


def _distinct(ledger: Ledger) -> Set[int]:
    return {sample for batch in ledger.batches() for sample in batch.ids if sample is not None}
