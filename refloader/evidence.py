"""The ledgers of one loader: each drive made once, in processes of their own."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable, Dict, List, Optional, Tuple

from refloader.contract import drives
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.driving.drivers import Drive
from refloader.driving.nursery import Nursery
from refloader.driving.observe import Identify
from refloader.driving.scenarios import applicable, planned
from refloader.driving.stillness import FRAMEWORK_SPIN_SECONDS, SPIN_SECONDS, Hang
from refloader.driving.subject import Bench, Factory
from refloader.driving.watch import Died, DrivingProcess

# Lanes mostly wait; each has a few megabytes of its own.
MOST_LANES = 16

Sweep = List[Tuple[Drive, Ledger]]


class Evidence:
    """Makes drives of one factory's loaders and keeps their ledgers.

    progress -- called with the driver's name whenever a planned drive was made
    """

    def __init__(
        self,
        factory: Factory,
        policy: Policy,
        identify: Optional[Identify] = None,
        progress: Optional[Callable[[str], None]] = None,
    ) -> None:
        self.policy = policy
        self._folder = tempfile.mkdtemp(prefix="refloader-")
        self._bench = Bench(factory, policy, self._folder, identify)
        self._progress = progress or (lambda _driver: None)
        self._nursery = Nursery(self._bench)
        self._direct = DrivingProcess(self._nursery)
        self._framework = Nursery(self._bench, framework=True)
        self._lanes: List[DrivingProcess] = []
        self._pool = ThreadPoolExecutor(MOST_LANES)
        self._training: Optional[List[Future[Sweep]]] = None
        self._sweeps: Dict[str, Optional[Sweep]] = {}
        self._ledgers: Dict[Drive, Ledger] = {}

    def probe(self) -> Any:
        """Return what a look at the factory finds (see refloader.driving.probe)."""
        return self._direct.ask(("probe",))

    def settle(self, policy: Policy) -> None:
        """Take the policy with which the drives are made from now on."""
        self.policy = policy

    def start_training(self) -> None:
        """Begin the training drives, which take longest, beside all others."""
        variants = self._direct.ask(("variants", drives.TRAINING, self.policy))
        if variants is not None:
            lanes = _lanes(variants)
            self._training = [self._pool.submit(self._lane, lane) for lane in lanes]

    def sweep(self, driver: str) -> Optional[Sweep]:
        """Return all planned drives of a driver with their ledgers; None where it cannot be had."""
        if driver not in self._sweeps:
            self._sweeps[driver] = self._make_sweep(driver)
        return self._sweeps[driver]

    def ledger(self, drive: Drive) -> Ledger:
        """Make one drive, if it was not made before, and return its ledger."""
        if drive not in self._ledgers:
            self._ledgers[drive] = make(drive, self._process(drive))
        return self._ledgers[drive]

    def close(self) -> None:
        """End all processes and remove all files; drives that wait for their turn are not made."""
        for nursery in (self._nursery, self._framework):
            nursery.close()
        for process in (self._direct, *self._lanes):
            process.close()
        self._pool.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make_sweep(self, driver: str) -> Optional[Sweep]:
        if not applicable(driver, self.policy):
            return []
        if driver == drives.TRAINING:
            if self._training is None:
                self.start_training()
            return None if self._training is None else _joined(self._training)
        variants = self._direct.ask(("variants", driver, self.policy))
        return self._drive(driver, variants, self._direct)

    def _lane(self, variants: List[Any]) -> Sweep:
        process = DrivingProcess(self._framework)
        self._lanes.append(process)
        return self._drive(drives.TRAINING, variants, process)

    def _process(self, drive: Drive) -> DrivingProcess:
        if drive.driver != drives.TRAINING:
            return self._direct
        if not self._lanes:
            self._lanes.append(DrivingProcess(self._framework))
        return self._lanes[0]

    def _drive(self, driver: str, variants: List[Any], process: DrivingProcess) -> Sweep:
        """Make all planned drives, up to the first that hangs or ends its process."""
        made: Sweep = []
        for drive in (drive for variant in variants for drive in planned(driver, variant)):
            ledger = self._ledgers[drive] = make(drive, process)
            self._progress(driver)
            made.append((drive, ledger))
            if ledger.hang or ledger.died:
                break
        return made


def make(drive: Drive, process: DrivingProcess) -> Ledger:
    """Make one drive in a driving process; a hang or the death of the process is in the ledger."""
    name = getattr(drive.variant, "label", drive.driver)
    spin = FRAMEWORK_SPIN_SECONDS if drive.driver == drives.TRAINING else SPIN_SECONDS
    try:
        ledger: Ledger = process.ask(drive, spin=spin)
    except Hang as hang:
        return Ledger(name, drive.scenario, hang=str(hang))
    except Died as death:
        return Ledger(name, drive.scenario, died=str(death))
    return ledger


def _lanes(variants: List[Any]) -> List[List[Any]]:
    """Give each feeding with workers a lane: some frameworks wait for seconds at each epoch's end."""
    alone = [[feeding] for feeding in variants if feeding.workers]
    together = [feeding for feeding in variants if not feeding.workers]
    return [together, *alone]


def _joined(lanes: List[Future[Sweep]]) -> Sweep:
    return [made for lane in lanes for made in lane.result()]
