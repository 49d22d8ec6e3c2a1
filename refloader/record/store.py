"""A record of one environment: what was measured there, as a file and read back."""

from __future__ import annotations

import datetime as dt
import json
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterable, List, Tuple, Union

from refloader import __version__
from refloader.errors import UsageError
from refloader.frameworks.installed import installed, versions
from refloader.record.catalogue import FACTS

#: What decides how a framework behaves, and so which record belongs to an environment.
DECISIVE = ("tensorflow", "keras", "tf_keras", "jax", "torch")


@dataclass
class Seen:
    """What was answered to one fact in one setting: each distinct answer, and how often."""

    answers: List[Any] = field(default_factory=list)
    counts: List[int] = field(default_factory=list)

    def add(self, answer: Any) -> None:
        """Count one more answer."""
        if answer not in self.answers:
            self.answers.append(answer)
            self.counts.append(0)
        self.counts[self.answers.index(answer)] += 1

    def within(self, other: Seen) -> bool:
        """Tell whether nothing was seen here that was not seen there."""
        return all(answer in other.answers for answer in self.answers)

    def to_json(self) -> List[Dict[str, Any]]:
        """Return the answers, the same on every run that saw the same."""
        pairs = zip(self.answers, self.counts)
        rows = [{"answer": answer, "times": count} for answer, count in pairs]
        return sorted(rows, key=lambda row: json.dumps(row["answer"]))

    @classmethod
    def of(cls, rows: Iterable[Dict[str, Any]]) -> Seen:
        """Read the answers back."""
        listed = list(rows)
        return cls([row["answer"] for row in listed], [row["times"] for row in listed])


@dataclass
class Record:
    """What was measured in one environment, by fact and setting."""

    environment: str
    framework: str
    backend: str
    versions: Dict[str, str]
    platform: str
    date: str
    answers: Dict[str, Dict[str, Seen]] = field(default_factory=dict)
    refloader: str = __version__

    @classmethod
    def here(cls) -> Record:
        """Return an empty record of the installed framework; without one, a UsageError."""
        framework = installed()
        if framework is None:
            raise UsageError("no Keras is installed here: install keras, tensorflow or tf_keras")
        found = versions()
        name = environment_name(framework.name, found)
        today = dt.date.today().isoformat()  # noqa: DTZ011 - the day where it was measured
        kept = {key: found[key] for key in ("python", "numpy", *DECISIVE) if key in found}
        return cls(name, framework.name, framework.backend, kept, platform.platform(), today)

    def update(self, other: Record) -> None:
        """Take over what another record says of its facts."""
        self.answers.update(other.answers)

    def add(self, fact: str, setting: str, answer: Any) -> None:
        """Count one answer."""
        self.answers.setdefault(fact, {}).setdefault(setting, Seen()).add(answer)

    @property
    def deciding(self) -> Dict[str, str]:
        """The versions that decide what a framework does, with its name and backend."""
        used = {key: self.versions[key] for key in DECISIVE if key in self.versions}
        if self.framework == "keras":
            used.pop("tf_keras", None)
        if self.framework == "tensorflow.keras":
            used.pop("keras", None)
        for backend in {"tensorflow", "jax", "torch"} - {self.backend}:
            used.pop(backend, None)
        return dict(used, framework=self.framework, backend=self.backend)

    def to_json(self) -> Dict[str, Any]:
        """Return the record as a JSON object, facts in the order of the catalogue."""
        answers = {
            fact: {setting: seen.to_json() for setting, seen in sorted(self.answers[fact].items())}
            for fact in FACTS
            if fact in self.answers
        }
        return {
            "refloader": self.refloader,
            "environment": self.environment,
            "framework": self.framework,
            "backend": self.backend,
            "versions": self.versions,
            "platform": self.platform,
            "date": self.date,
            "facts": answers,
        }

    def write(self, path: Union[str, Path]) -> None:
        """Write the record, a setting a line; raises UsageError where that is not possible."""
        try:
            Path(path).write_text(_text(self.to_json()), encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"cannot write the facts to {str(path)!r}: {error.strerror}"
            ) from error


def environment_name(framework: str, found: Dict[str, str]) -> str:
    """Return the name of an environment, such as "keras3.15.1-tf2.21.0-py3.13"."""
    python = "py" + ".".join(found["python"].split(".")[:2])
    tensorflow = f"tf{found.get('tensorflow', '')}"
    if framework == "tensorflow.keras":
        return f"{tensorflow}-{python}"
    backend = found["backend"]
    engine = tensorflow if backend == "tensorflow" else f"{backend}{found.get(backend, '')}"
    return f"{framework}{found[framework]}-{engine}-{python}"


def read(path: Union[str, Path]) -> Record:
    """Read a record; what is none is a UsageError."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the facts in {str(path)!r}: {error}") from error
    if not isinstance(data, dict) or "facts" not in data or "environment" not in data:
        raise UsageError(f"{path} holds no facts: it was not written by refloader facts")
    answers = {
        fact: {setting: Seen.of(rows) for setting, rows in settings.items()}
        for fact, settings in data["facts"].items()
    }
    named = ("environment", "framework", "backend", "versions", "platform", "date", "refloader")
    return Record(answers=answers, **{key: data[key] for key in named})


def is_record(path: Union[str, Path]) -> bool:
    """Tell whether a file is named as facts are, and not as the run of a check is."""
    return Path(path).suffix == ".json"


def shipped() -> Path:
    """Return the folder of the records that came with refloader, in a wheel or in a checkout."""
    packaged = Path(__file__).with_name("facts")
    return packaged if packaged.exists() else Path(__file__).parents[2] / "fixtures" / "facts"


def read_all(folder: Union[str, Path]) -> List[Record]:
    """Read every record of a folder, oldest framework first; none is a UsageError."""
    paths = sorted(Path(folder).glob("*.json"))
    if not paths:
        raise UsageError(f"there are no recorded facts in {str(folder)!r}")
    return in_order([read(path) for path in paths])


def in_order(records: Iterable[Record]) -> List[Record]:
    """Return records by line and release: Keras of its own, that of TensorFlow, Keras 3, tf_keras."""
    return sorted(records, key=_rank)


def line(record: Record) -> str:
    """Return the line of releases that a record belongs to, each the successor of the one before."""
    if record.framework == "tf_keras":
        return "tf_keras"
    if record.framework == "keras" and number(record.versions["keras"]) < (2, 4):
        return "Keras before it was TensorFlow's"
    suffix = {"jax": " on JAX", "torch": " on torch"}.get(record.backend, "")
    return f"Keras of TensorFlow, and Keras 3{suffix}" if not suffix else f"Keras 3{suffix}"


def number(version: str) -> Tuple[int, ...]:
    """Return a version as numbers that sort."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


_LINES = (
    "Keras before it was TensorFlow's",
    "Keras of TensorFlow, and Keras 3",
    "Keras 3 on JAX",
    "Keras 3 on torch",
    "tf_keras",
)


def _rank(record: Record) -> Tuple[Any, ...]:
    own = (
        record.versions.get(record.framework, "0")
        if record.framework != "tensorflow.keras"
        else "2"
    )
    engine = record.versions.get(record.backend, "0")
    return (
        _LINES.index(line(record)),
        number(own),
        number(engine),
        number(record.versions["python"]),
    )


def _text(data: Dict[str, Any]) -> str:
    """Return JSON in which a change of one setting is a change of one line."""
    facts = data.pop("facts")
    head = json.dumps(data, indent=2)[:-2]
    rows = []
    for fact, settings in facts.items():
        lines = [f"      {json.dumps(key)}: {json.dumps(seen)}" for key, seen in settings.items()]
        rows.append(f"    {json.dumps(fact)}: {{\n" + ",\n".join(lines) + "\n    }")
    return head + ',\n  "facts": {\n' + ",\n".join(rows) + "\n  }\n}\n"
