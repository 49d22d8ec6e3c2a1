"""What is said of a loader: the verdict on one requirement, with its witness."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Optional

from refloader.contract.ledger import Scenario

PASS = "pass"  # noqa: S105 - the verdict, no password
FAIL = "fail"
HANG = "hang"
WAIVED = "waived"
NOT_APPLICABLE = "not-applicable"
VACUOUS = "vacuous"
UNAVAILABLE = "unavailable"
ERROR = "error"
VERDICTS = (PASS, FAIL, HANG, WAIVED, NOT_APPLICABLE, VACUOUS, UNAVAILABLE, ERROR)

BROKEN = frozenset({FAIL, HANG})
RAN = frozenset({PASS, FAIL, HANG, WAIVED})


@dataclass(frozen=True)
class Witness:
    """The smallest evidence of a broken requirement: one sentence, and where it was seen."""

    text: str
    scenario: Scenario
    driver: str

    def __str__(self) -> str:
        """Return the sentence behind the scenario that shows it."""
        return f"{self.scenario}: {self.text} [{self.driver}]"


@dataclass(frozen=True)
class Result:
    """The verdict on one requirement.

    ran -- drives in which it was judged; of -- drives that were planned for it;
    reason -- why it was not judged, or is waived, or which facts of a blamed framework are on
    record; detail -- stacks of a hang, or a traceback;
    drive -- the drive that shows it broken, as plain data; capsule -- the file to replay it from
    """

    requirement: str
    level: str
    verdict: str
    blame: Optional[str] = None
    witness: Optional[Witness] = None
    ran: int = 0
    of: int = 0
    reason: Optional[str] = None
    detail: Optional[str] = None
    drive: Optional[Dict[str, Any]] = None
    capsule: Optional[str] = None

    @property
    def broken(self) -> bool:
        """Say whether the requirement was seen to be broken."""
        return self.verdict in BROKEN

    def to_json(self) -> Dict[str, Any]:
        """Return the result as the JSONL object of one requirement."""
        data = asdict(self)
        data["witness"] = None
        if self.witness is not None:
            data["witness"] = dict(asdict(self.witness), sentence=str(self.witness))
        return data


@dataclass(frozen=True)
class Counts:
    """How many requirements got which verdict, and how many of them ran."""

    by_verdict: Dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, results: Any) -> Counts:
        """Count the verdicts of `results`."""
        counted = dict.fromkeys(VERDICTS, 0)
        for result in results:
            counted[result.verdict] += 1
        return cls(counted)

    @property
    def ran(self) -> int:
        """How many requirements were really judged."""
        return sum(self.by_verdict.get(verdict, 0) for verdict in RAN)

    @property
    def total(self) -> int:
        """How many requirements there were."""
        return sum(self.by_verdict.values())
