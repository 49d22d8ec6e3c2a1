"""The runs of many environments side by side: facts, and verdicts on loaders, by release."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from refloader.contract.verdict import FAIL, HANG, PASS, Result
from refloader.errors import UsageError
from refloader.frameworks.facts.probe import ABSENT
from refloader.record.catalogue import FACTS, Fact
from refloader.record.store import (
    Record,
    Seen,
    environment_name,
    in_order,
    is_record,
    line,
    number,
    read,
)
from refloader.reporting import jsonl

# What a state is called: True is harmful, False harmless, None says nothing.
State = Optional[bool]
Cells = Tuple[Optional[Seen], ...]


@dataclass(frozen=True)
class FactRow:
    """One fact through all environments, None where it was not measured.

    settings -- those that have the same answers everywhere
    """

    fact: Fact
    settings: Tuple[str, ...]
    cells: Cells
    turns: Tuple[str, ...]

    @property
    def states(self) -> Tuple[State, ...]:
        """Whether loaders suffer from what was seen."""
        return tuple(harmful(self.fact, seen) for seen in self.cells)


@dataclass(frozen=True)
class RequirementRow:
    """The verdicts on one requirement of one loader, through all environments."""

    requirement: str
    cells: Tuple[Optional[Result], ...]
    turns: Tuple[str, ...]


@dataclass
class Matrix:
    """Environments in the order of releases, and what was found in each.

    made -- when and by which command, in words, for who wants to make it again
    """

    environments: List[Record]
    facts: List[FactRow] = field(default_factory=list)
    loaders: Dict[str, List[RequirementRow]] = field(default_factory=dict)
    made: str = ""


def merged(paths: Iterable[str]) -> Matrix:
    """Return the matrix of facts and runs in files, or in all files of folders.

    Raises UsageError for a file that is neither, and where an environment or run comes twice.
    """
    records: Dict[str, Record] = {}
    runs: Dict[Tuple[str, str], List[Result]] = {}
    for path in _files(paths):
        if is_record(path):
            record = read(path)
            if record.environment in records and records[record.environment].answers:
                told = f"there are facts of {record.environment} already: leave one out"
                raise UsageError(f"{path}: {told}")
            records[record.environment] = record
        else:
            run = jsonl.read(path)
            record = _environment(run.header)
            records.setdefault(record.environment, record)
            key = (run.header["subject"], record.environment)
            if key in runs:
                told = f"there is a run of {key[0]} in {key[1]} already: leave one out"
                raise UsageError(f"{path}: {told}")
            runs[key] = run.results
    ordered = in_order(records.values())
    return Matrix(ordered, _fact_rows(ordered), _loader_rows(ordered, runs))


def harmful(fact: Fact, seen: Optional[Seen]) -> State:
    """Tell whether loaders suffer from what was seen; None where nothing is said by it."""
    if seen is None or fact.harmless is None or seen.answers == [ABSENT]:
        return None
    return any(fact.dangerous(answer) for answer in seen.answers)


def turns(states: Sequence[State], environments: Sequence[Record]) -> Tuple[str, ...]:
    """Return in words where the state turns: broken in, fixed in, by line of releases."""
    told: List[str] = []
    before: Dict[str, State] = {}
    for state, record in zip(states, environments):
        if state is None:
            continue
        was = before.get(line(record))
        if state and was is None:
            told.append(f"broken since {release(record)} or earlier")
        elif state and was is False:
            told.append(f"broken in {release(record)}")
        elif was and not state:
            told.append(f"fixed in {release(record)}")
        before[line(record)] = state
    return tuple(told)


def release(record: Record) -> str:
    """Return the name of an environment without its Python."""
    return record.environment.rpartition("-py")[0]


def _files(paths: Iterable[str]) -> List[Path]:
    found: List[Path] = []
    for path in map(Path, paths):
        inside = sorted([*path.glob("*.json"), *path.glob("*.jsonl")]) if path.is_dir() else [path]
        if not inside:
            raise UsageError(f"there are no results in {str(path)!r}: no .json and no .jsonl")
        found += inside
    return found


def _guessed(versions: Dict[str, str]) -> str:
    """Return the framework of a run of the first release, which did not say it."""
    # The keras package beside TensorFlow 2.6 to 2.15 is TensorFlow's own.
    own = number(versions.get("keras", "2.4"))
    return "tensorflow.keras" if "tensorflow" in versions and (2, 4) <= own < (3,) else "keras"


def _environment(header: Dict[str, Any]) -> Record:
    """Return the environment of a run, without facts."""
    versions = header["versions"]
    backend = versions.get("backend", "")
    if not backend:
        return Record("no Keras", "keras", "", dict(versions, keras="0"), header["platform"], "")
    framework = versions.get("framework") or _guessed(versions)
    name = environment_name(framework, versions)
    return Record(name, framework, backend, versions, header["platform"], "")


def _fact_rows(environments: List[Record]) -> List[FactRow]:
    rows = []
    for slug, fact in FACTS.items():
        settings = [setting for record in environments for setting in record.answers.get(slug, {})]
        columns = {
            setting: tuple(record.answers.get(slug, {}).get(setting) for record in environments)
            for setting in dict.fromkeys(settings)
        }
        for cells, same in _alike(columns):
            states = [harmful(fact, seen) for seen in cells]
            rows.append(FactRow(fact, same, cells, turns(states, environments)))
    return rows


def _alike(columns: Dict[str, Cells]) -> List[Tuple[Cells, Tuple[str, ...]]]:
    """Join the settings that have the same answers in every environment."""
    joined: Dict[Any, List[str]] = {}
    for setting, cells in columns.items():
        joined.setdefault(
            str([seen and sorted(map(str, seen.answers)) for seen in cells]), []
        ).append(setting)
    return [(columns[same[0]], tuple(same)) for same in joined.values()]


def _loader_rows(
    environments: List[Record], runs: Dict[Tuple[str, str], List[Result]]
) -> Dict[str, List[RequirementRow]]:
    found: Dict[str, List[RequirementRow]] = {}
    for subject in dict.fromkeys(subject for subject, _ in runs):
        by_environment = [
            {one.requirement: one for one in runs.get((subject, record.environment), [])}
            for record in environments
        ]
        slugs = dict.fromkeys(slug for results in by_environment for slug in results)
        found[subject] = [_requirement(slug, by_environment, environments) for slug in slugs]
    return found


def _requirement(
    slug: str, by_environment: List[Dict[str, Result]], environments: List[Record]
) -> RequirementRow:
    cells = tuple(results.get(slug) for results in by_environment)
    broken: Callable[[Optional[Result]], State] = lambda result: (  # noqa: E731
        {PASS: False, FAIL: True, HANG: True}.get(result.verdict) if result else None
    )
    return RequirementRow(slug, cells, turns([broken(cell) for cell in cells], environments))
