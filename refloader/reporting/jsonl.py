"""The record of a run as JSON lines: a header, an object a requirement, a footer with the counts.

It is written as the verdicts arrive. The footer comes last: without it a run did not end.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import platform
from pathlib import Path
from typing import (
    Any,
    Dict,
    Iterable,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Type,
    TypeVar,
    Union,
)

from refloader import __version__
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import CONTRACT_VERSION
from refloader.contract.verdict import Counts, Result, Witness
from refloader.errors import UsageError
from refloader.frameworks.installed import versions

_Data = TypeVar("_Data")


class Run(NamedTuple):
    """A complete run, read back: the header and footer as written, and the results."""

    header: Dict[str, Any]
    results: List[Result]
    footer: Dict[str, Any]


class Extent(NamedTuple):
    """How far a run goes: the budget in seconds, if there is one, and the drives that it left out.

    exploring -- the seed of an exploration
    alike -- how many samples of a ready loader have the content of another
    """

    budget: Optional[float] = None
    left_out: Sequence[str] = ()
    exploring: Optional[int] = None
    alike: int = 0

    def to_json(self) -> Dict[str, Any]:
        """Return what a header holds of it: nothing, where nothing was said."""
        budget = {"budget": self.budget, "left_out": list(self.left_out)}
        exploring = {"exploring": self.exploring}
        return {
            **({} if self.budget is None else budget),
            **({} if self.exploring is None else exploring),
            **({"alike": self.alike} if self.alike else {}),
        }


def header(subject: str, policy: Policy, extent: Extent = Extent()) -> Dict[str, Any]:  # noqa: B008 - immutable
    """Return the first object of a run: what is judged, by which contract, in what surroundings."""
    return {
        "refloader": __version__,
        "contract": CONTRACT_VERSION,
        "subject": subject,
        "policy": dataclasses.asdict(policy),
        "versions": versions(),
        "platform": platform.platform(),
        **extent.to_json(),
    }


def footer(results: Iterable[Result]) -> Dict[str, Any]:
    """Return the last object of a run: how many requirements ran, and the verdicts counted."""
    counts = Counts.of(results)
    return {"footer": True, "ran": counts.ran, "of": counts.total, "counts": counts.by_verdict}


class Writer:
    """Writes a run to a file, an object a line, each one on disk before the next is judged.

    path -- the file, emptied at once, so that no earlier run is taken for this one
    Raises UsageError where the file cannot be written.
    """

    def __init__(self, path: Union[str, Path]) -> None:
        self._path = path
        try:
            self._file = Path(path).open("w", encoding="utf-8", newline="\n")  # noqa: SIM115
        except OSError as error:
            raise self._refused(error) from error

    def write(self, data: Dict[str, Any]) -> None:
        """Write one object; raises UsageError where that cannot be done, as on a full disk."""
        try:
            self._file.write(json.dumps(data) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._refused(error) from error

    def close(self) -> None:
        """Close the file."""
        # What could not be written then has been told.
        with contextlib.suppress(OSError):
            self._file.close()

    def _refused(self, error: OSError) -> UsageError:
        return UsageError(f"cannot write the results to {str(self._path)!r}: {error.strerror}")

    def __enter__(self) -> Writer:  # noqa: PYI034 - Self is too new for Python 3.7
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def write(path: Union[str, Path], head: Dict[str, Any], results: Iterable[Result]) -> None:
    """Write a whole run; `head` is its header."""
    judged = list(results)
    with Writer(path) as writer:
        writer.write(head)
        for result in judged:
            writer.write(result.to_json())
        writer.write(footer(judged))


def read(path: Union[str, Path]) -> Run:
    """Read a run back.

    Raises UsageError where the file cannot be read, is no record of a run, or is that of a run
    that did not end.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read the results in {str(path)!r}: {error}"
        raise UsageError(msg) from error
    objects = [_object(line, f"line {number} of {path}") for number, line in enumerate(lines, 1)]
    if not objects:
        msg = f"{path} is empty: the run ended before anything was judged"
        raise UsageError(msg)
    if "contract" not in objects[0]:
        msg = f"{path} does not begin with the header of a run: it was not written by refloader"
        raise UsageError(msg)
    return _run(objects, path)


def _object(line: str, where: str) -> Dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError:
        msg = f"{where} is not whole: the run was broken off while writing it"
        raise UsageError(msg) from None
    if not isinstance(data, dict):
        msg = f"{where} is no JSON object: the file was not written by refloader"
        raise UsageError(msg)
    return data


def _run(objects: List[Dict[str, Any]], path: Union[str, Path]) -> Run:
    head, *judged = objects
    if not judged or not judged[-1].get("footer"):
        msg = f"{path} has no footer: the run broke off after {len(judged)} results; run it again"
        raise UsageError(msg)
    foot = judged.pop()
    if foot.get("of") != len(judged):
        msg = f"{path} holds {len(judged)} results, and its footer counts {foot.get('of')}: run it again"
        raise UsageError(msg)
    return Run(head, [_result(data) for data in judged], foot)


def _result(data: Dict[str, Any]) -> Result:
    if not {"requirement", "level", "verdict"} <= set(data):
        msg = f"an object without requirement, level and verdict is no result: {data}"
        raise UsageError(msg)
    witness = data.get("witness")
    if witness is not None:
        seen = dict(witness, scenario=_made(Scenario, witness["scenario"]))
        data = dict(data, witness=_made(Witness, seen))
    return _made(Result, data)


def _made(kind: Type[_Data], data: Dict[str, Any]) -> _Data:
    """Make a dataclass of the keys that it knows: a later release may have written more."""
    known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in data.items() if name in known})
