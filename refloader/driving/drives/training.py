"""The drive in which a framework trains, and the model tells what it got."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any, Tuple

from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.drives.bad_files import truncate
from refloader.driving.drives.direct import drive, steps_of
from refloader.driving.drives.meeting import Meeting
from refloader.driving.observing.recording import Recording, Tick, describe
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.global_random import seed_all
from refloader.frameworks.feeding import Feeding
from refloader.frameworks.recorder import Sink
from refloader.frameworks.witness import feed

ROLES = {"fit": "train", "validation": "validation", "evaluate": "evaluate", "predict": "predict"}


def training(bench: Bench, scenario: Scenario, tick: Tick, feeding: Feeding) -> Ledger:
    """Feed a model by one path of the installed framework and record what its steps consumed."""
    with drive(feeding.label, bench, scenario, tick) as (recording, subject, samples):
        recording.facts["workers"] = feeding.workers
        recording.facts["role"] = ROLES[feeding.path.replace("_generator", "")]
        if subject is not None:
            if recording.facts["role"] == "predict":
                _read_directly(recording, bench.build(samples, scenario))
            _feed(recording, subject, feeding, bench.folder)
    return recording.ledger()


def broken_fit(bench: Bench, scenario: Scenario, tick: Tick, feeding: Feeding) -> Ledger:
    """Fit a model over image files of which one is damaged, and record how that ends."""
    recording = Recording(f"{feeding.label}, over a bad file", scenario, bench.identify, tick)
    seed_all(scenario.seed)
    with bench.samples(scenario) as samples:
        bad = scenario.seed % scenario.n
        path = Path(samples.paths[bad])
        recording.facts.update(role="train", bad=bad, file=path.name, damage="truncated")
        try:
            subject = bench.build(samples, scenario)
        except Exception as error:  # noqa: BLE001 - judged elsewhere
            recording.build_error = describe(error)
        else:
            truncate(path)
            _feed(recording, subject, feeding, bench.folder)
    return recording.ledger()


def _read_directly(recording: Recording, subject: Subject) -> None:
    for index in range(steps_of(subject)):
        recording.read_index("direct", 0, index, subject)


def _sink(recording: Recording) -> Sink:
    """Return what enters the batches of the recorded role."""

    def sink(phase: str, epoch: int, x: Any, y: Any, weight: Any) -> None:
        parts: Tuple[Any, ...] = (x, y, weight)
        while parts[-1] is None:
            parts = parts[:-1]
        if phase != recording.facts["role"] or "unidentified" in recording.facts:
            return
        try:
            recording.deliver(phase, epoch, None, parts)
        except Exception as error:
            # To predict, a model is given x alone: an identify of the user's own may need more.
            if y is not None or recording.identify is None:
                raise
            recording.facts["unidentified"] = describe(error)

    return sink


def _feed(recording: Recording, subject: Subject, feeding: Feeding, folder: str) -> None:
    streams = subject.policy.kind == "generator"
    steps = subject.steps() if streams else None
    if steps == 0:
        # Fewer samples than a batch, which is dropped: a framework takes no steps for steps without end.
        return
    if feeding.start:
        multiprocessing.set_start_method(feeding.start, force=True)
    # Frameworks read ahead: what a second evaluation of one generator misses is none of its doing.
    once = streams and recording.facts["role"] != "train"
    try:
        feed(
            feeding,
            _fed(subject, feeding, folder),
            epochs=1 if once else subject.scenario.epochs,
            steps=steps,
            batch_size=subject.scenario.batch_size,
            sink=_sink(recording),
        )
    except Exception as error:  # noqa: BLE001 - what fit raises is judged
        recording.facts["error"] = describe(error)


def _fed(subject: Subject, feeding: Feeding, folder: str) -> Any:
    if subject.policy.kind == "arrays":
        return tuple(subject.loader)
    if subject.policy.kind == "generator":
        return subject.stream()
    if feeding.workers > 1:
        return Meeting(subject.loader, feeding.workers, folder, processes=feeding.processes)
    return subject.loader
