"""The smallest known-bad loader for each requirement, and what the suite says of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Dict, Optional

from refloader.contract.requirement import CATALOGUE
from refloader.driving.processes.standstill import placeless

#: What was said of each example when it was last judged, by requirement.
WITNESSES = Path(__file__).with_name("witnesses.json")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Example:
    """A loader that breaks a requirement.

    loader -- its name in the zoo; source -- the whole file; witness -- what the suite says of it;
    seen_in -- the framework that showed it, None where none is needed
    """

    loader: str
    source: str
    witness: str
    seen_in: Optional[str] = None


@lru_cache(maxsize=None)
def examples() -> Dict[str, Example]:
    """Return the example of each requirement, by slug."""
    recorded = json.loads(WITNESSES.read_text(encoding="utf-8"))
    return {
        slug: Example(one["loader"], source(one["loader"]), one["witness"], one.get("seen_in"))
        for slug, one in recorded.items()
        if slug in CATALOGUE
    }


def source(loader: str) -> str:
    """Return the source of a known-bad loader."""
    found = next(iter(sorted(zoo().glob(f"*/{loader}.py"))))
    return found.read_text(encoding="utf-8")


def zoo() -> Path:
    """Return the folder of known-bad loaders: the package's own, or a checkout's."""
    packaged = HERE / "zoo"
    return packaged if packaged.exists() else HERE.parents[1] / "fixtures" / "zoo"


def comparable(witness: str) -> str:
    """Return a witness without what differs from run to run, or between Pythons.

    What is left out are the words of Python's own errors, amounts of memory, folders and who waits in a hang.
    """
    told = re.sub(r"(\w+(?:Error|Exception|Iteration)): [^\[]*", r"\1 ", placeless(witness))
    told = re.sub(r"\d+ bytes", "N bytes", told)
    told = re.sub(r"Thread-\d+(?: \(\w+\))?(?: \(\d+\))?", "a thread", told)
    return re.sub(r"(?:/[\w.-]+)+/", "", told)
