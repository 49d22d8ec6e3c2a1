"""A loader held to the contract from Python: as pytest's tests, or at once."""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import pytest

from refloader.contract import verdict
from refloader.contract.policy import Policy, nearest
from refloader.contract.requirement import CATALOGUE, Requirement, choose, find
from refloader.contract.verdict import Result
from refloader.driving.observing.observe import Identify
from refloader.driving.probe import EXPECTED
from refloader.driving.processes.nursery import SuiteError
from refloader.driving.processes.stillness import Hang
from refloader.driving.subject import Factory
from refloader.errors import AdapterError, UsageError
from refloader.reporting import jsonl
from refloader.reporting.report import Report
from refloader.reporting.stacks import shortened
from refloader.reporting.wording import FAILED, failure
from refloader.session import Session
from refloader.waivers import waivers_of

#: Slugs or chapters of the contract, or one of them.
Names = Union[str, Sequence[str]]

MESSAGE_WIDTH = 88
_SKIPPED = frozenset({verdict.NOT_APPLICABLE, verdict.UNAVAILABLE, verdict.VACUOUS})


def contract_tests(
    make: Factory,
    samples: str = "auto",
    *,
    identify: Optional[Identify] = None,
    waive: Union[Mapping[str, str], str, Path, None] = None,
    only: Names = (),
    skip: Names = (),
    budget: Optional[float] = None,
    **policy: Any,
) -> Callable[[str], None]:
    """Return a pytest test with one case a requirement, each named by its slug.

    make -- the factory, called as make(samples, batch_size, seed); it returns a loader
    samples -- what the factory reads of its samples: "arrays", "image-files", "frame", or "auto"
    identify -- batch -> ids of its rows, for loaders whose payload cannot carry them
    waive -- {slug: reason} for requirements that are known to be broken, or a file of waivers
    only, skip -- slugs or chapters; policy -- the other fields of refloader.Policy
    budget -- seconds for which to plan: drives that do not fit are left out, and nothing passes by it

    Raises UsageError for an unknown slug, chapter, field or value, or where `make` cannot be called.
    """
    declared = _declared(make, samples, policy)
    chosen = chosen_requirements(only, skip)
    waivers = checked_waivers(waive or {}, subject_name(make))

    def session() -> Session:
        return Session(make, declared, identify=identify, waive=waivers, budget=budget)

    shared = _Shared(subject_name(make), session, chosen)

    @pytest.mark.parametrize("slug", [_case(requirement) for requirement in chosen])
    def test_contract(slug: str) -> None:
        """The loader keeps this requirement of the contract."""
        _conclude(shared.result(slug))

    return test_contract


def judge(
    make: Factory,
    samples: str = "auto",
    *,
    identify: Optional[Identify] = None,
    waive: Union[Mapping[str, str], str, Path, None] = None,
    only: Names = (),
    skip: Names = (),
    budget: Optional[float] = None,
    **policy: Any,
) -> Report:
    """Hold a factory's loaders to the contract and return the report.

    The parameters are those of contract_tests. Raises UsageError as it does, and AdapterError
    where the factory does not build what it is asked to build.
    """
    declared = _declared(make, samples, policy)
    chosen = chosen_requirements(only, skip)
    waivers = checked_waivers(waive or {}, subject_name(make))
    with Session(make, declared, identify=identify, waive=waivers, budget=budget) as session:
        omitted = session.plan(chosen)
        head = jsonl.header(subject_name(make), session.policy, jsonl.Extent(budget, omitted))
        return Report(head, list(session.results(chosen)))


def chosen_requirements(only: Names, skip: Names) -> List[Requirement]:
    """Return the requirements of `only` without those of `skip`.

    Raises UsageError for a name that is neither slug nor chapter, and where none is left.
    """
    known = {*CATALOGUE, *(entry.chapter for entry in CATALOGUE.values())}
    for name in (*_names(only), *_names(skip)):
        if name not in known:
            msg = f"the contract has no requirement or chapter {name!r}{nearest(name, known)}"
            raise UsageError(msg)
    chosen = choose(_names(only), _names(skip))
    if not chosen:
        msg = f"only={only!r} and skip={skip!r} leave no requirement to judge"
        raise UsageError(msg)
    return chosen


def checked_waivers(
    waive: Union[Mapping[str, str], str, Path], subject: Optional[str] = None
) -> Dict[str, str]:
    """Return the waivers, or those for this loader in a file.

    An unknown slug and a missing reason are UsageErrors.
    """
    if isinstance(waive, (str, Path)):
        return waivers_of(waive, subject)
    for slug, reason in waive.items():
        find(slug)
        if not isinstance(reason, str) or not reason.strip():
            msg = f"the waiver of {slug} gives no reason: say why it may stay broken"
            raise UsageError(msg)
    return dict(waive)


def _declared(make: Any, samples: str, policy: Dict[str, Any]) -> Policy:
    """Return the policy; what cannot be called, and an unknown field or value, are UsageErrors."""
    if not callable(make):
        msg = (
            f"{make!r} cannot be called: give the function that builds the loader, "
            "make(samples, batch_size, seed) -> loader"
        )
        raise UsageError(msg)
    return Policy.of(samples=samples, **policy)


def subject_name(make: Factory) -> str:
    """Return the factory as module:name."""
    name = getattr(make, "__qualname__", type(make).__name__)
    return f"{getattr(make, '__module__', '?')}:{name}"


def close_sessions() -> None:
    """End the processes of all sessions that tests have opened."""
    while _opened:
        _opened.pop().close()


_opened: List[Session] = []
atexit.register(close_sessions)


class _Shared:
    """The one session of all cases of a test, opened at the first of them."""

    def __init__(
        self, subject: str, opening: Callable[[], Session], chosen: List[Requirement]
    ) -> None:
        self._subject = subject
        self._opening = opening
        self._chosen = chosen
        self._session: Optional[Session] = None
        self._unusable: Optional[str] = None

    def result(self, slug: str) -> Result:
        if self._session is None:
            self._open()
        if self._unusable is not None:
            pytest.fail(self._unusable, pytrace=False)
        assert self._session is not None  # noqa: S101 - for the type checker: it was opened
        return self._session.result(find(slug))

    def _open(self) -> None:
        self._session = self._opening()
        _opened.append(self._session)
        try:
            self._session.plan(self._chosen)
        except (AdapterError, Hang, SuiteError) as error:
            self._unusable = unusable(self._subject, error)


def unusable(subject: str, error: Exception) -> str:
    """Say why a factory cannot be judged at all."""
    if isinstance(error, Hang):
        stacks = "\n".join(shortened(str(error)))
        return f"{subject} hangs before anything is judged: nothing moves any more\n{stacks}"
    if isinstance(error, SuiteError):
        return f"{subject}: {FAILED}\n{error}"
    text = str(error)
    return f"{subject}: {text}" + ("" if EXPECTED in text else f"\nexpected: {EXPECTED}")


def _names(given: Names) -> Tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _case(requirement: Requirement) -> Any:
    slug = requirement.slug
    return pytest.param(slug, id=slug, marks=pytest.mark.refloader(slug))


def _conclude(result: Result) -> None:
    if result.broken or result.verdict == verdict.ERROR:
        pytest.fail(failure(result, MESSAGE_WIDTH), pytrace=False)
    if result.verdict in _SKIPPED:
        pytest.skip(f"{result.verdict}: {result.reason}")
    if result.verdict == verdict.WAIVED:
        pytest.xfail(str(result.reason))
