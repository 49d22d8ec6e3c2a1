"""The ledgers of one loader: each drive made once, in processes of their own."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Queue
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Tuple

from refloader.contract import drives
from refloader.contract.ledger import Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.driving.data.scratch import scratch
from refloader.driving.data.waste import clear
from refloader.driving.drivers import Drive, is_fresh, variants
from refloader.driving.observing.observe import Identify
from refloader.driving.processes.driving_process import Died, DrivingProcess
from refloader.driving.processes.nursery import Nursery, SuiteError
from refloader.driving.processes.stillness import Hang
from refloader.driving.processes.sweeping import Sweep, make, sweep
from refloader.driving.scenarios import applicable, planned
from refloader.driving.subject import Bench, Factory
from refloader.driving.surroundings.leaving import remove_segments

if TYPE_CHECKING:
    from refloader.scale.cluster import Cluster

# Driving processes that read without a framework, side by side.
READERS = 2
# Lanes mostly wait; each has a few megabytes of its own.
MOST_LANES = 16


@dataclass(frozen=True)
class Manner:
    """Which drives of a loader are made, and where.

    own -- the one scenario of a ready loader, which the factory returns whatever it is asked for; None
        where scenarios are planned
    exploring -- a seed from which many more scenarios are drawn, None for the usual ones alone
    traced -- modules in which readers are interleaved too, beside the loader's own
    cluster -- where drives that need no framework are made, None for this machine
    fresh -- make drives in interpreters started for them; without, all are made in forks of this process,
        and what a fresh interpreter judges may be broken, and never passes
    brief -- only at corners, none of many epochs, and no witness is made smaller: where verdicts are all
        that is wanted of what each batch is dear to read of
    """

    own: Optional[Scenario] = None
    exploring: Optional[int] = None
    traced: Tuple[str, ...] = ()
    cluster: Optional[Cluster] = None
    fresh: bool = True
    brief: bool = False


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
        manner: Manner = Manner(),
    ) -> None:
        self.policy = policy
        self._manner = manner
        self._vectors = False
        self._folder = scratch()
        self._bench = Bench(factory, policy, self._folder, identify, manner.traced)
        self._progress = progress or (lambda _driver: None)
        self._nursery = Nursery(self._bench, fresh=manner.fresh)
        self._direct = DrivingProcess(self._nursery)
        self._framework = Nursery(self._bench, framework=True)
        self._lanes: List[DrivingProcess] = []
        self._pool = ThreadPoolExecutor(MOST_LANES)
        self._training: Dict[str, Future[List[Future[Sweep]]]] = {}
        self._readers = ThreadPoolExecutor(READERS)
        self._idle: Queue[DrivingProcess] = Queue()
        self._reading = [DrivingProcess(self._nursery) for _ in range(READERS)]
        for process in self._reading:
            self._idle.put(process)
        self._begun: Dict[str, Future[Sweep]] = {}
        self._ledgers: Dict[Drive, Ledger] = {}

    def ask(self, question: str) -> Any:
        """Return what a look at the factory finds.

        question -- "probe" (see refloader.driving.probe) or "survey" (see refloader.driving.survey)
        """
        return self._direct.ask((question,))

    def settle(self, policy: Policy, *, vectors: bool) -> None:
        """Take the policy with which the drives are made from now on.

        vectors -- the loader was seen to read vectors in memory alone
        """
        self.policy, self._vectors = policy, vectors

    def start(self, drivers: Iterable[str]) -> None:
        """Begin the sweeps of these drivers, in this order: they are made while others are judged."""
        for driver in dict.fromkeys(drivers):
            if driver in drives.FRAMEWORK:
                self._start_training(driver)
            elif driver not in self._begun:
                # Planned here: Hypothesis draws, and not every release of it does so in threads.
                plan = self._plan(driver)
                if self._manner.cluster is None:
                    self._begun[driver] = self._readers.submit(self._read, plan)
                else:
                    there = self._manner.cluster
                    self._begun[driver] = there.waiting.submit(self._read_there, there, plan)

    def sweep(self, driver: str) -> Sweep:
        """Return all planned drives of a driver with their ledgers."""
        self.start([driver])
        if driver in drives.FRAMEWORK:
            return _joined(self._training[driver].result())
        return self._begun[driver].result()

    def is_partial(self, driver: str) -> bool:
        """Tell whether drives of this driver are left out, because they start interpreters."""
        if self._manner.fresh or driver in drives.FRAMEWORK:
            return False
        return any(is_fresh(one) for one in variants(driver, self.policy) or [])

    def ledger(self, drive: Drive) -> Ledger:
        """Make one drive, if it was not made before, and return its ledger."""
        if drive not in self._ledgers:
            self._ledgers[drive] = make(drive, self._process(drive))
        return self._ledgers[drive]

    def close(self) -> None:
        """End all processes and remove all files; drives that wait for their turn are not made."""
        for nursery in (self._nursery, self._framework):
            nursery.close()
        for process in (self._direct, *self._reading, *self._lanes):
            process.close()
        for pool in (self._readers, self._pool):
            pool.shutdown()
        remove_segments(self._folder)
        clear(self._folder)

    def _plan(self, driver: str) -> List[Drive]:
        if not applicable(driver, self.policy):
            return []
        chosen = variants(driver, self.policy) or []
        return self._planned(
            driver, [one for one in chosen if self._manner.fresh or not is_fresh(one)]
        )

    def _planned(self, driver: str, chosen: List[Any]) -> List[Drive]:
        """Return the drives of one driver in all of these variants."""
        if self._manner.own is not None:
            return [Drive(driver, self._manner.own, variant) for variant in chosen]
        plans = [
            planned(
                driver,
                variant,
                self.policy,
                self._manner.exploring,
                brief=self._manner.brief,
                vectors=self._vectors,
            )
            for variant in chosen
        ]
        return [drive for plan in plans for drive in plan]

    def _start_training(self, driver: str) -> None:
        """Begin the drives of the installed framework."""
        if driver not in self._training:
            self._training[driver] = self._pool.submit(self._begin_lanes, driver)

    def _begin_lanes(self, driver: str) -> List[Future[Sweep]]:
        """Begin the lanes side by side; the process that tells which there are makes the first."""
        if not applicable(driver, self.policy):
            return []
        first = self._lane()
        try:
            lanes = _lanes(first.ask(("variants", driver, self.policy)))
        except (Hang, Died) as failure:
            msg = f"the installed framework cannot even be asked what it can do: {failure}"
            raise SuiteError(msg) from failure
        plans = [self._planned(driver, lane) for lane in lanes]
        processes = [first, *(self._lane() for _ in plans[1:])]
        return [self._pool.submit(self._drive, *lane) for lane in zip(plans, processes)]

    def _lane(self) -> DrivingProcess:
        process = DrivingProcess(self._framework)
        self._lanes.append(process)
        return process

    def _read(self, plan: List[Drive]) -> Sweep:
        process = self._idle.get()
        try:
            return self._drive(plan, process)
        finally:
            self._idle.put(process)

    def _read_there(self, cluster: Cluster, plan: List[Drive]) -> Sweep:
        return self._noted(cluster.sweep(self._bench, plan, self._progress))

    def _process(self, drive: Drive) -> DrivingProcess:
        if drive.driver not in drives.FRAMEWORK:
            return self._direct
        return self._lanes[0] if self._lanes else self._lane()

    def _drive(self, plan: List[Drive], process: DrivingProcess) -> Sweep:
        return self._noted(sweep(plan, process, self._progress))

    def _noted(self, made: Sweep) -> Sweep:
        self._ledgers.update(made)
        return made


def _lanes(variants: List[Any]) -> List[List[Any]]:
    """Give each feeding with workers a lane: some frameworks wait for seconds at each epoch's end."""
    alone = [[feeding] for feeding in variants if feeding.workers]
    together = [feeding for feeding in variants if not feeding.workers]
    return [together, *alone]


def _joined(lanes: List[Future[Sweep]]) -> Sweep:
    return [made for lane in lanes for made in lane.result()]
