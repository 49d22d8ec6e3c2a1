"""The drive that damages an image file before or after the loader is built."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, Tuple

from refloader.contract.drives import BAD_FILES
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.direct import steps_of
from refloader.driving.recording import Recording, Tick, describe, note_samples, steady_random
from refloader.driving.subject import Bench


def truncate(path: Path) -> None:
    """Keep the first third of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 4 // 5])


def _fill_with_text(path: Path) -> None:
    path.write_text("this is no picture\n" * 20, encoding="utf-8")


def _blank(path: Path) -> None:
    path.write_bytes(b"")


Damage = Callable[[Path], None]
#: What is done to the file, and whether the loader is built before (True) or after it (False).
DAMAGES: Dict[str, Tuple[Damage, bool]] = {
    "truncated": (truncate, True),
    "cut short": (_cut_short, True),
    "emptied": (_blank, True),
    "overwritten with text": (_fill_with_text, True),
    "removed": (Path.unlink, True),
    "truncated before the loader is built": (truncate, False),
    "text with an image's name": (_fill_with_text, False),
}


def bad_files(bench: Bench, scenario: Scenario, tick: Tick, damage: str) -> Ledger:
    """Read one epoch of a data set in which one file is damaged."""
    recording = Recording(BAD_FILES, scenario, bench.identify, tick)
    harm, built_before = DAMAGES[damage]
    with bench.samples(scenario) as samples, steady_random(scenario.seed):
        bad = scenario.seed % scenario.n
        path = Path(samples.paths[bad])
        recording.facts.update(bad=bad, damage=damage, file=path.name)
        note_samples(recording, samples)
        try:
            if not built_before:
                harm(path)
            subject = bench.build(samples, scenario)
            if built_before:
                harm(path)
        except Exception as error:  # noqa: BLE001 - a factory may refuse a bad file
            recording.build_error = describe(error)
        else:
            for index in range(steps_of(subject)):
                recording.read("epoch", 0, index, lambda: subject.read(index))  # noqa: B023
    return recording.ledger()
