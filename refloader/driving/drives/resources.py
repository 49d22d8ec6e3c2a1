"""The drive that counts what a loader holds of the process: descriptors, threads, children, memory."""

from __future__ import annotations

import collections
import contextlib
import gc
import itertools
import pickle
import tempfile
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set

import psutil

from refloader.contract.chapters.resources import GROWTH_BYTES, growth_of
from refloader.contract.drives import RESOURCES
from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.ahead import has_workers, read_ahead
from refloader.driving.drives.bad_files import one_damaged
from refloader.driving.drives.direct import drive, steps_of
from refloader.driving.drives.sources import subject_files
from refloader.driving.observing.nest import size_of
from refloader.driving.observing.observe import observe
from refloader.driving.observing.recording import Tick
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.alive import Dropped
from refloader.driving.surroundings.children import below
from refloader.driving.surroundings.interrupting import interrupt_at
from refloader.driving.surroundings.leaving import own_temporary, segments
from refloader.driving.surroundings.memory import SETTLE_SECONDS, settled_bytes

WHOLE, ERROR, INTERRUPT = "a whole epoch", "an error", "an interrupt"
DAMAGED, PICKLED = "an epoch with a damaged file", "a pickle and its copy"
WAYS = (WHOLE, ERROR, INTERRUPT, PICKLED)
#: Of so many batches a queue of a hundred has no room for those that nobody takes after a break.
MANY_BATCHES = Scenario(130, 1)
BREAK = f"an early break from an epoch of {MANY_BATCHES.n} batches"
STEADY_EPOCHS = 12
# Where memory has grown in each of them it is watched for longer, and each epoch read more often: pandas lets
# go of its views of a frame when it has come to five hundred, of which an epoch may make as few as five.
LONG_EPOCHS, READ_AGAIN = 48, 4


def resources(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Count before a loader is built and after it is gone, and from epoch to epoch."""
    others = threading.active_count()
    with drive(RESOURCES, bench, scenario, tick) as (recording, subject, samples), own_temporary(
        bench.folder
    ):
        if subject is not None:
            for epoch in range(scenario.epochs):
                for index, raw in enumerate(_epoch(subject)):
                    batch = observe(raw, bench.identify)
                    recording.add([Event("epoch", epoch, index, batch)])
                subject.hook("on_epoch_end")
            raw = None
            ways = (*WAYS, DAMAGED) if samples.asked_for_files else WAYS
            dropped = Dropped(subject)
            left = {way: _left(bench, samples, scenario, way, dropped) for way in ways}
            with bench.samples(MANY_BATCHES) as many:
                left[BREAK] = _left(bench, many, MANY_BATCHES, BREAK, dropped)
            for way, types in dropped.left(SETTLE_SECONDS).items():
                left[way]["loaders"] = types
            recording.facts["left"] = left
            # Of vectors a queue weighs as much as what is in it.
            if samples.asked_for_files and has_workers(bench, MANY_BATCHES):
                recording.facts["ahead"] = read_ahead(bench, tick)
            # What is skipped or masked epoch after epoch may be kept, epoch after epoch.
            goes_on = DAMAGED in ways and bench.policy.on_bad_sample != "raise"
            with one_damaged(samples) if goes_on else contextlib.nullcontext():
                recording.facts.update(_watched(bench, samples, scenario, tick, others))
    return recording.ledger()


def held() -> Dict[str, Set[Any]]:
    """Return what this process holds now, by kind; open files and threads by name."""
    process = psutil.Process()
    files = {f"{file.path} ({file.fd})" for file in process.open_files()}
    others = range(process.num_fds() - len(files)) if hasattr(process, "num_fds") else ()
    return {
        "descriptors": files | {f"no file ({number})" for number in others},
        "threads": {f"{one.name} ({one.ident})" for one in threading.enumerate()},
        "child processes": {child.pid for child in below(process, recursive=False)},
        "shared memory segments": segments(),
        "temporary files": {path.name for path in Path(tempfile.gettempdir()).iterdir()},
    }


def _left(
    bench: Bench, samples: Samples, scenario: Scenario, way: str, dropped: Dropped
) -> Dict[str, List[str]]:
    """Return what a loader that was built, used in one way and dropped has left behind."""
    before = held()
    subject = bench.build(samples, scenario)
    with one_damaged(samples) if way == DAMAGED else contextlib.nullcontext():
        _use(subject, way)
    dropped.watch(way, subject)
    del subject
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        gc.collect()
        after = held()
        left = {kind: sorted(map(str, after[kind] - before[kind])) for kind in after}
        if not any(left.values()) or time.monotonic() > deadline:
            return left
        time.sleep(SETTLE_SECONDS / 20)


def _use(subject: Subject, way: str) -> None:
    with contextlib.suppress(Exception, KeyboardInterrupt):
        if way == PICKLED:
            pickle.loads(pickle.dumps(subject.loader))  # noqa: S301 - made here
        elif way == ERROR:
            subject.read(10 * steps_of(subject) + 7)
        elif way == INTERRUPT:
            subject.read(0)
            lines = itertools.count()
            with interrupt_at(subject_files(subject), lambda _: next(lines) == 1):
                subject.read(1)
        elif way == DAMAGED:
            collections.deque(_epoch(subject), maxlen=0)
        elif way == WHOLE:
            _read_whole(subject)
        else:
            next(subject.iterator())


def _read_whole(subject: Subject) -> None:
    """Read an epoch as a training does: to its end, with the hooks."""
    generator = subject.policy.kind == "generator"
    subject.hook("on_epoch_begin")
    batches = _epoch(subject) if generator else iter(subject.loader)
    for _ in itertools.islice(batches, steps_of(subject) + 1):
        pass
    subject.hook("on_epoch_end")


def _epoch(subject: Subject, *, askew: bool = False) -> Iterator[Any]:
    """Yield the batches of an epoch; those that cannot be read are others' concern.

    askew -- whether in an order of its own, as `fit` shuffles them and as one of several workers reads
    """
    indexes = range(steps_of(subject))
    for index in (*indexes[1::2], *indexes[::2]) if askew else indexes:
        with contextlib.suppress(Exception):
            yield subject.read(index)


def _watched(
    bench: Bench, samples: Samples, scenario: Scenario, tick: Tick, others: int
) -> Dict[str, Any]:
    """Return what is held at the end of each epoch, and how many bytes an epoch's batches have.

    others -- how many threads are no loader's

    The memory is that of Python and NumPy. A buffer that a loader fills once is no growth: it is
    built anew here, as what it allocates before it is watched would seem to grow when replaced.
    """
    before = _open_files()
    tracemalloc.start()
    try:
        found = _counted(bench.build(samples, scenario), tick, others)
        return dict(found, opened=found["opened"] - before)
    finally:
        # The loader is gone by now, and its threads with it: some releases of Python crash where
        # a thread allocates while the watching ends.
        gc.collect()
        tracemalloc.stop()


def _counted(subject: Subject, tick: Tick, others: int) -> Dict[str, Any]:
    counts: List[Dict[str, int]] = []
    for _ in range(subject.scenario.epochs):
        # What is set up by first reads, as a pool with its queues is, takes a while to fill up.
        collections.deque(_epoch(subject), maxlen=0)
        subject.hook("on_epoch_end")
    while len(counts) < STEADY_EPOCHS or (len(counts) < LONG_EPOCHS and _memory_grows(counts)):
        for _ in range(1 if len(counts) < STEADY_EPOCHS else READ_AGAIN):
            size = 0
            for raw in _epoch(subject, askew=True):
                size += size_of(raw)
            raw = None
        _read_in_a_new_thread(subject)
        subject.hook("on_epoch_end")
        count = {kind: len(those) for kind, those in held().items()}
        counts.append(dict(count, bytes=settled_bytes(others)))
        tick()
    return {"counts": counts, "epoch_bytes": size, "opened": _open_files()}


def _open_files() -> int:
    """Return how many files are open: of pipes and sockets a pool of many workers has many."""
    return len(psutil.Process().open_files())


def _read_in_a_new_thread(subject: Subject) -> None:
    """Read a batch as the workers of frameworks do, which are others in each epoch."""

    def read() -> None:
        with contextlib.suppress(Exception):
            subject.read(0)

    worker = threading.Thread(target=read, daemon=True)
    worker.start()
    worker.join()


def _memory_grows(counts: List[Dict[str, int]]) -> bool:
    """Say whether there was more memory, and nothing else, after each epoch but the first few.

    Caches fill in those. What the drive itself notes of an epoch is no growth, and of descriptors a
    process may not have many more.
    """
    others = set(counts[0]) - {"bytes"}
    return min(growth_of("bytes", counts)) > GROWTH_BYTES and not any(
        max(growth_of(kind, counts)) > 0 for kind in others
    )
