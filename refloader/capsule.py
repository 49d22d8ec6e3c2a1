"""One failure in a file, and making exactly that drive again, here or in another environment."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.contract.verdict import Result
from refloader.driving.drivers import DRIVERS, Drive, variants
from refloader.driving.observing.observe import Identify
from refloader.driving.processes.standstill import placeless, standstill
from refloader.driving.subject import Factory
from refloader.errors import UsageError
from refloader.evidence import Evidence, Manner

FORMAT = 2
# Differs in every run: where the image files of a drive are, and addresses of objects.
_SHIFTING = re.compile(
    r"[^\s'\"]*\b(?:samples|draft|made)-[0-9a-f]{12}(?:/[0-9a-f]{12}\b)?|\b0x[0-9a-f]+"
)


class Capsule(NamedTuple):
    """What one failure needs to be seen again.

    subject, identify -- MODULE:FACTORY and MODULE:FUNCTION or None; variant -- of the drive, plain;
    traced -- modules in which readers were interleaved too
    """

    refloader: str
    contract: str
    subject: str
    identify: Optional[str]
    policy: Policy
    requirement: str
    driver: str
    scenario: Scenario
    variant: Any
    witness: str
    versions: Dict[str, str]
    traced: Tuple[str, ...]


def write(
    folder: Union[str, Path],
    header: Dict[str, Any],
    result: Result,
    identify: Optional[str] = None,
    traced: Tuple[str, ...] = (),
) -> str:
    """Write a broken result that has its drive to a file in `folder`, and return its path.

    header -- of the run, as in the JSON lines; identify -- MODULE:FUNCTION, if one was used; traced -- modules
    Raises UsageError where it cannot be written.
    """
    told = ("refloader", "contract", "subject", "policy", "versions", "platform")
    data = {
        "capsule": FORMAT,
        **{name: header[name] for name in told},
        "identify": identify,
        "traced": traced,
        "requirement": result.requirement,
        "verdict": result.verdict,
        "blame": result.blame,
        **(result.drive or {}),
        "witness": result.witness.text if result.witness else "",
    }
    path = Path(folder) / f"{result.requirement}.json"
    try:
        path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        msg = f"cannot write the capsule {str(path)!r}: {error.strerror}"
        raise UsageError(msg) from error
    return str(path)


def read(path: Union[str, Path]) -> Capsule:
    """Read a capsule; raises UsageError for anything else, and for an unknown requirement."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot read the capsule {str(path)!r}: {error}"
        raise UsageError(msg) from None
    if not isinstance(data, dict) or data.get("capsule") != FORMAT:
        msg = (
            f'{path} is no capsule of this refloader, it does not say "capsule": {FORMAT}: '
            "write it anew with refloader check --capsules"
        )
        raise UsageError(msg)
    missing = [name for name in Capsule._fields if name not in data]
    if missing:
        msg = f"the capsule {path} lacks {', '.join(missing)}"
        raise UsageError(msg)
    found = {name: data[name] for name in Capsule._fields}
    try:
        found.update(policy=Policy.of(**data["policy"]), scenario=Scenario(**data["scenario"]))
        found.update(traced=tuple(data["traced"]))
    except TypeError as error:
        msg = f"the capsule {path} is not of this refloader: {error}"
        raise UsageError(msg) from None
    find(data["requirement"])
    return Capsule(**found)


def replay(capsule: Capsule, factory: Factory, identify: Optional[Identify]) -> Optional[str]:
    """Make the capsule's drive again; return the witness's text now, or None where it is gone.

    Raises UsageError where this environment cannot make that drive.
    """
    drive = Drive(capsule.driver, capsule.scenario, _variant(capsule))
    requirement = find(capsule.requirement)
    made = Evidence(factory, capsule.policy, identify, manner=Manner(traced=capsule.traced))
    with contextlib.closing(made) as evidence:
        ledger = evidence.ledger(drive)
    if ledger.hang is not None:
        return standstill(ledger.hang)
    return requirement.said(ledger, capsule.policy)


def same(first: str, second: str) -> bool:
    """Say whether two witnesses tell the same, apart from what differs in every run."""
    first, second = (_SHIFTING.sub("", placeless(one)) for one in (first, second))
    return first == second


def _variant(capsule: Capsule) -> Any:
    """Return the variant of this environment's drives that the capsule names."""
    if capsule.driver not in DRIVERS:
        msg = (
            f"this refloader has no drive {capsule.driver!r}; the capsule is of {capsule.refloader}"
        )
        raise UsageError(msg)
    known = variants(capsule.driver, capsule.policy)
    if known is None:
        msg = (
            f"the drive {capsule.driver!r} needs a framework, and no Keras is installed here: "
            "install the one that the capsule names"
        )
        raise UsageError(msg)
    for variant in known:
        if _plain(variant) == capsule.variant:
            return variant
    msg = (
        f"this environment has no drive {capsule.driver!r} in the variant {capsule.variant!r}: "
        "replay the capsule with the versions that it names"
    )
    raise UsageError(msg)


def _plain(variant: Any) -> Any:
    """Return a variant as a capsule holds it."""
    made = dataclasses.asdict(Drive("", Scenario(0, 1), variant))
    return json.loads(json.dumps(made["variant"]))
