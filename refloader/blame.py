"""What a ledger shows of a requirement, and who is to blame for it: the loader, or the framework."""

from __future__ import annotations

from typing import Any, Dict, Optional

from refloader.contract.drives import FRAMEWORK
from refloader.contract.policy import Policy
from refloader.contract.requirement import Requirement
from refloader.driving.drivers import Drive
from refloader.driving.reference import reference_factory
from refloader.evidence import Evidence


class Blame:
    """Makes the drives of a framework once more, with the reference loader, which keeps the contract."""

    def __init__(self) -> None:
        self._reference: Optional[Evidence] = None

    def of(self, requirement: Requirement, drive: Drive, policy: Policy) -> Dict[str, Any]:
        """Return who broke it: the framework, if the reference loader fails the same drive.

        For a framework with the reason: which of its recorded facts may be behind it.
        """
        if drive.driver not in FRAMEWORK:
            return {"blame": "loader"}
        if self._reference is None:
            self._reference = Evidence(reference_factory(policy), policy)
        ledger = self._reference.ledger(drive)
        if not (ledger.hang or requirement.said(ledger, policy)):
            return {"blame": "loader"}
        # Imported where it is needed: the facts are a file to read.
        from refloader.record.suspects import suspicion  # noqa: PLC0415

        return {"blame": "framework", "reason": suspicion(requirement.slug)}

    def close(self) -> None:
        """End all processes and remove all files."""
        if self._reference is not None:
            self._reference.close()
