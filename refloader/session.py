"""Judging one loader: from the ledgers of its drives to a verdict on each requirement."""

from __future__ import annotations

import dataclasses
import traceback
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

from refloader.blame import Blame
from refloader.contract import verdict
from refloader.contract.drives import BAD_FILES, FRAMEWORK, RESOURCES
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import Requirement, find
from refloader.contract.situations import met, unmet
from refloader.contract.verdict import Result, Witness
from refloader.driving.budget import PRICES, left_out
from refloader.driving.drivers import Drive, is_dear
from refloader.driving.observing.observe import Identify
from refloader.driving.processes.driving_process import Died
from refloader.driving.processes.standstill import standstill
from refloader.driving.processes.sweeping import Sweep
from refloader.driving.scenarios import applicable, smallest
from refloader.driving.subject import Factory
from refloader.errors import AdapterError
from refloader.evidence import Evidence, Manner
from refloader.frameworks.installed import feeds
from refloader.omissions import LEFT_OUT, NOT_FED, NOT_FRESH, OTHER_KERAS, without

# Examples that Hypothesis may spend on making a witness smaller.
SHRINK_TRIES = 60
#: What stands still over a damaged file is told where damage is judged, and what does in the use of
#: resources there, and not once more by all others.
CHAPTER = {BAD_FILES: "faults", RESOURCES: "resources"}


class Session:
    """Holds one factory's loaders to the contract.

    factory -- (samples, batch_size, seed) -> loader; policy -- what its author declares;
    identify -- batch -> sample ids, in place of the recovery from the payload;
    waive -- {slug: reason} for requirements that are known to be broken;
    training -- also feed the installed framework; start_methods -- also with its worker processes
    spawned, each of which imports it anew; budget -- seconds for which to plan, None for
    all drives there are (see refloader.driving.budget); progress -- called for each drive made;
    manner -- the fields of a Manner
    """

    def __init__(
        self,
        factory: Factory,
        policy: Policy,
        *,
        identify: Optional[Identify] = None,
        waive: Optional[Dict[str, str]] = None,
        training: bool = True,
        start_methods: bool = False,
        budget: Optional[float] = None,
        progress: Optional[Callable[[str], None]] = None,
        **manner: Any,
    ) -> None:
        self.waive = {find(slug).slug: reason for slug, reason in (waive or {}).items()}
        self.budget = budget
        self._left_out = LEFT_OUT.format(budget=budget or 0)
        self._omitted = without(training=training, start_methods=start_methods)
        self._identify = identify
        self._manner = Manner(**manner)
        self._evidence = Evidence(factory, policy, identify, progress, self._manner)
        self._blame = Blame()
        # A ready loader was looked at before: there is nothing that it could have been asked for.
        self._probed = self.own

    @property
    def own(self) -> bool:
        """Whether it is a ready loader, over data of its user's own."""
        return self._manner.own is not None

    @property
    def alike(self) -> int:
        """How many samples of a ready loader have the content of another one."""
        return sum(getattr(self._identify, "alike", {}).values())

    @property
    def policy(self) -> Policy:
        """The declared policy, with the kind of samples that the factory was seen to read."""
        return self._evidence.policy

    def probe(self) -> None:
        """Raise AdapterError unless the factory builds what it is asked to build."""
        if self._probed:
            return
        try:
            found = self._evidence.ask("probe")
        except Died as death:
            msg = f"building or reading its loader ended the process: {death}"
            raise AdapterError(msg) from None
        if found.error:
            raise AdapterError(found.error)
        looked_at = {"samples": found.samples, "targets": found.targets}
        open_ones = {name: value for name, value in looked_at.items() if self._is_open(name)}
        settled = dataclasses.replace(self.policy, **open_ones)
        self._evidence.settle(settled, vectors=found.vectors)
        self.belongs_to(found.keras)
        self._probed = True

    def belongs_to(self, keras: Optional[str]) -> None:
        """Leave training out where the loader is one of another Keras, which would be refused."""
        if not feeds(keras):
            self._omitted.update(dict.fromkeys(FRAMEWORK, OTHER_KERAS.format(keras=keras)))

    def _is_open(self, field: str) -> bool:
        return bool(getattr(self.policy, field) == "auto")

    def results(self, requirements: Iterable[Requirement]) -> Iterator[Result]:
        """Judge these requirements, one after the other."""
        chosen = list(requirements)
        self.plan(chosen)
        self._evidence.start(self._needed(chosen))
        for requirement in chosen:
            yield self.result(requirement)

    def plan(self, chosen: List[Requirement]) -> List[str]:
        """Probe the factory; return the drives that the budget leaves out for these requirements."""
        self.probe()
        if self.budget is None:
            return []
        omitted = sorted(left_out(self.budget, self._needed(chosen), self.policy))
        self._omitted.update(dict.fromkeys(omitted, self._left_out))
        return omitted

    def _needed(self, chosen: List[Requirement]) -> List[str]:
        """Return the drives that these requirements judge, first those that take longest."""
        needed = [
            driver
            for one in chosen
            if not one.not_applicable(self.policy)
            for driver in one.drives
            if driver not in self._omitted
        ]
        return sorted(needed, key=lambda driver: (driver not in FRAMEWORK, -PRICES[driver].files))

    def result(self, requirement: Requirement) -> Result:
        """Judge one requirement; whatever fails in the suite itself is the verdict ``error``."""
        try:
            self.probe()
            return self._waived(self._judged(requirement))
        except AdapterError:
            raise
        except Exception:  # noqa: BLE001 - whatever a judge stumbles over is no fault of the loader's
            return _result(requirement, verdict.ERROR, detail=traceback.format_exc())

    def close(self) -> None:
        """End all processes and remove all files."""
        self._evidence.close()
        self._blame.close()

    def __enter__(self) -> Session:  # noqa: PYI034 - Self is too new for Python 3.7
        """Return the session itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the session."""
        self.close()

    def _judged(self, requirement: Requirement) -> Result:
        reason = requirement.not_applicable(self.policy)
        if reason:
            return _result(requirement, verdict.NOT_APPLICABLE, reason=reason)
        made: List[Ledger] = []
        missing: List[str] = []
        for driver in requirement.drives:
            if driver in self._omitted:
                missing.append(self._omitted[driver])
                continue
            sweep = self._evidence.sweep(driver)
            made += [ledger for _, ledger in sweep]
            missing += self._lacking(driver, sweep)
            broken = self._first_broken(requirement, sweep)
            if broken is not None:
                return dataclasses.replace(broken, ran=len(made), of=len(made) + len(missing))
        return self._unbroken(requirement, made, missing)

    def _lacking(self, driver: str, sweep: Sweep) -> List[str]:
        """Say what keeps a driver that judges this policy from all of its drives, if anything does."""
        if driver in FRAMEWORK:
            fed = sweep or not applicable(driver, self.policy)
            return [] if fed else [NOT_FED.format(kind=self.policy.kind)]
        return [NOT_FRESH] if self._evidence.is_partial(driver) else []

    def _unbroken(self, requirement: Requirement, made: List[Ledger], missing: List[str]) -> Result:
        """Return the verdict where no ledger shows it broken: kept, if enough was looked at."""
        ran = {"ran": len(made), "of": len(made) + len(missing)}
        if not made:
            # What was left out by choice could have been judged here.
            lacking = set(missing) - {NOT_FRESH, self._left_out}
            status = verdict.UNAVAILABLE if lacking else verdict.VACUOUS
            because = missing[0] if missing else "no drive of this kind of loader judges it"
            return _result(requirement, status, reason=because, **ran)
        if NOT_FRESH in missing:
            return _result(requirement, verdict.VACUOUS, reason=NOT_FRESH, **ran)
        if requirement.only_where and not any(met(requirement.only_where, one) for one in made):
            because = f"it was seen without {requirement.only_where}"
            return _result(requirement, verdict.NOT_APPLICABLE, reason=because, **ran)
        needs = () if self.own else requirement.needs
        absent = unmet(needs, made)
        if absent:
            because = f"never came up: {', '.join(absent)}"
            if missing:
                because += f" ({missing[0]})"
            return _result(requirement, verdict.VACUOUS, reason=because, **ran)
        return _result(requirement, verdict.PASS, **ran)

    def _first_broken(self, requirement: Requirement, sweep: Sweep) -> Optional[Result]:
        for drive, ledger in sweep:
            told_by = CHAPTER.get(drive.driver, requirement.chapter)
            if ledger.hang is not None and told_by == requirement.chapter:
                witness = Witness(standstill(ledger.hang), ledger.scenario, _where(drive, ledger))
                more = {"detail": ledger.hang, "drive": dataclasses.asdict(drive)}
                blamed = self._blame.of(requirement, drive, self.policy)
                return _result(requirement, verdict.HANG, witness=witness, **more, **blamed)
            if ledger.hang is None and requirement.said(ledger, self.policy):
                return self._failed(requirement, drive, ledger)
        return None

    def _failed(self, requirement: Requirement, drive: Drive, ledger: Ledger) -> Result:
        hung = (
            0  # the most samples of a data set over which nothing came: each of those is waited for
        )

        def fails(smaller: Drive) -> bool:
            # The same failure, smaller: not an error in place of a loss, nor the other way round.
            nonlocal hung
            if smaller.scenario.n <= hung:
                return False
            again = self._evidence.ledger(smaller)
            if again.hang is not None:
                hung = smaller.scenario.n
                return False
            return _raised(again) == _raised(ledger) and bool(requirement.said(again, self.policy))

        # Processes take seconds to start, and worker pools to stop: no shrinking there.
        dear = is_dear(drive.variant) or ledger.died
        as_it_is = dear or self.own or self._manner.brief
        least = drive if as_it_is else smallest(drive, fails, SHRINK_TRIES, self.policy)
        shown = self._evidence.ledger(least)
        text = requirement.said(shown, self.policy) or "it failed once, and then not again"
        witness = Witness(text, least.scenario, shown.driver)
        made = dataclasses.asdict(least)
        blamed = self._blame.of(requirement, least, self.policy)
        return _result(requirement, verdict.FAIL, witness=witness, drive=made, **blamed)

    def _waived(self, result: Result) -> Result:
        reason = self.waive.get(result.requirement)
        if reason is None:
            return result
        if result.broken:
            return dataclasses.replace(result, verdict=verdict.WAIVED, reason=reason)
        if result.verdict == verdict.PASS:
            stale = f"waived ({reason}), but it is kept: remove the waiver"
            return dataclasses.replace(result, verdict=verdict.ERROR, reason=stale)
        return result


def _where(drive: Drive, ledger: Ledger) -> str:
    """Return in which drive a hang was met; it keeps no facts, such as which damage was done."""
    damaged = drive.driver == BAD_FILES
    return f"{ledger.driver}, a file {drive.variant}" if damaged else ledger.driver


def _raised(ledger: Ledger) -> Tuple[bool, bool]:
    return bool(ledger.build_error), bool(ledger.facts.get("error"))


def _result(requirement: Requirement, status: str, **more: Any) -> Result:
    return Result(requirement.slug, requirement.level, status, **more)
