"""A requirement: one sentence of the contract with the judge that holds a ledger to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

from refloader.contract.judging.recovered import recovered
from refloader.contract.ledger import UNBUILT, Ledger
from refloader.contract.policy import Policy, nearest
from refloader.contract.situations import SITUATIONS
from refloader.errors import UsageError

CONTRACT_VERSION = "1"

#: From a ledger and the policy to the sentence of a witness, or nothing.
Judge = Callable[[Ledger, Policy], Optional[str]]
#: From the policy to the reason why a requirement does not apply, or nothing.
Applies = Callable[[Policy], Optional[str]]


@dataclass(frozen=True)
class Requirement:
    """One requirement of the contract.

    slug -- its permanent name, ``chapter.name``; level -- ``MUST`` or ``SHOULD``;
    statement -- what a loader has to do; reason -- what goes wrong otherwise;
    fix -- what to look at in the loader when it fails; incidents -- public reports of it;
    drives -- names of the drives whose ledgers it judges; needs -- situations that must come up;
    only_where -- the situation that puts it in force: a loader without it is asked nothing;
    judge -- the function; exempt -- says why a policy puts it out of force;
    since -- the version of the contract that brought it
    """

    slug: str
    level: str
    statement: str
    reason: str
    fix: str
    drives: Tuple[str, ...]
    judge: Judge
    needs: Tuple[str, ...] = ()
    only_where: Optional[str] = None
    incidents: Tuple[str, ...] = ()
    exempt: Tuple[Applies, ...] = ()
    since: str = "1"

    @property
    def chapter(self) -> str:
        """The part of the slug before the dot."""
        return self.slug.split(".", 1)[0]

    def not_applicable(self, policy: Policy) -> Optional[str]:
        """Return why the policy puts this requirement out of force, or None."""
        reasons = (exempt(policy) for exempt in self.exempt)
        return next((reason for reason in reasons if reason), None)

    def said(self, ledger: Ledger, policy: Policy) -> Optional[str]:
        """Return how a ledger shows that it is broken, None if it does not.

        Of a drive that damages a file it is told which, and how. That the factory cannot be called again with
        the same samples is told by one requirement.
        """
        if ledger.died is not None:
            return f"the process died: {ledger.died}"
        if UNBUILT in ledger.facts:
            return None
        text = self.judge(recovered(ledger, policy), policy)
        if text is None or ledger.damage is None or ledger.damage in text:
            return text
        return f"{ledger.damage}: {text}"


CATALOGUE: Dict[str, Requirement] = {}


def requirement(
    slug: str,
    *,
    statement: str,
    reason: str,
    fix: str,
    drives: Tuple[str, ...],
    level: str = "MUST",
    **more: Any,
) -> Callable[[Judge], Judge]:
    """Enter the decorated judge in the catalogue under `slug`."""

    def enter(judge: Judge) -> Judge:
        if slug in CATALOGUE:
            msg = f"the requirement {slug} is declared twice"
            raise ValueError(msg)
        entry = Requirement(slug, level, statement, reason, fix, drives, judge, **more)
        unknown = {*entry.needs, entry.only_where or "a batch"} - set(SITUATIONS)
        if unknown:
            msg = f"{slug} needs situations that nobody defined: {sorted(unknown)}"
            raise ValueError(msg)
        CATALOGUE[slug] = entry
        return judge

    return enter


def find(slug: str) -> Requirement:
    """Return the requirement of this slug; an unknown one is a UsageError with the nearest."""
    if slug not in CATALOGUE:
        msg = f"the contract has no requirement {slug!r}{nearest(slug, CATALOGUE)}"
        raise UsageError(msg)
    return CATALOGUE[slug]


def choose(only: Tuple[str, ...] = (), skip: Tuple[str, ...] = ()) -> List[Requirement]:
    """Return the requirements named by slug or chapter in `only` (all), without those in `skip`."""
    wanted = _expand(only) if only else list(CATALOGUE)
    unwanted = set(_expand(skip))
    return [CATALOGUE[slug] for slug in CATALOGUE if slug in wanted and slug not in unwanted]


def _expand(names: Tuple[str, ...]) -> List[str]:
    slugs: List[str] = []
    for name in names:
        chapter = [entry.slug for entry in CATALOGUE.values() if entry.chapter == name]
        slugs += chapter or [find(name).slug]
    return slugs


def unless(field: str, *values: Any, because: str) -> Applies:
    """Make an exemption: out of force unless the policy's `field` has one of `values`."""

    def exempt(policy: Policy) -> Optional[str]:
        return None if getattr(policy, field) in values else because

    return exempt
