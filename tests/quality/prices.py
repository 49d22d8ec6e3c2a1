"""Prints what each drive costs and finds, over the zoo: the figures of refloader.driving.budget."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Dict, Set
from unittest import mock

import judgements

from refloader import evidence
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.driving.drivers import Drive
from refloader.driving.processes.driving_process import DrivingProcess
from refloader.session import Session

#: A good loader of arrays and one of image files, whose drives are timed.
TIMED = {"arrays": "array_slices", "files": "image_files"}


def found() -> Dict[str, Set[str]]:
    """Return, for each drive, the bad loaders whose own defect its ledgers show first."""
    seen: Dict[str, Set[str]] = defaultdict(set)
    for name in judgements.names("bad"):
        module = judgements.loader("bad", name)
        with Session(module.make, Policy.of(**module.POLICY), training=False) as session:
            for result in session.results(choose()):
                if result.broken and result.drive and result.requirement in module.MUST:
                    seen[result.drive["driver"]].add(name)
    return seen


def seconds(name: str) -> Dict[str, float]:
    """Return how long all drives of each driver take together, for one good loader."""
    taken: Dict[str, float] = defaultdict(float)
    make = evidence.make

    def timed(drive: Drive, process: DrivingProcess) -> Ledger:
        start = time.perf_counter()
        try:
            return make(drive, process)
        finally:
            taken[drive.driver] += time.perf_counter() - start

    module = judgements.loader("good", name)
    with mock.patch.object(evidence, "make", timed), Session(
        module.make, Policy.of(**module.POLICY), training=False
    ) as session:
        list(session.results(choose()))
    return taken


def main() -> None:
    """Print a line for each drive."""
    taken = {kind: seconds(name) for kind, name in TIMED.items()}
    kills = found()
    for driver in sorted({*taken["arrays"], *taken["files"], *kills}):
        costs = (f"{taken[kind].get(driver, 0):6.2f} s {kind}" for kind in TIMED)
        print(f"{driver:12} {'  '.join(costs)}  {len(kills[driver])} found")  # noqa: T201


if __name__ == "__main__":
    main()
