"""What a probe is: a short function, the facts that it answers, and the settings it is run in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Tuple

#: The answer where a framework does not have what the question is about.
ABSENT = "not there"
#: The answers that are found from outside, where a probe did not return.
HANGS = "hangs"
DIES = "the process dies"


@dataclass(frozen=True)
class Setting:
    """How the loader is read: by how many workers, of which kind, started how."""

    workers: Optional[int]
    processes: bool = False
    start: str = "fork"


#: By the name that the record uses. "alone" means as few workers as the framework takes: 0, or 1.
SETTINGS: Dict[str, Setting] = {
    "alone": Setting(None),
    "threads": Setting(2),
    "processes": Setting(2, processes=True),
    "spawn": Setting(2, processes=True, start="spawn"),
    "forkserver": Setting(2, processes=True, start="forkserver"),
}

WORKERS = ("alone", "threads", "processes")
STARTS = ("processes", "spawn", "forkserver")


@dataclass(frozen=True)
class Probe:
    """A function from a run to the answers of its facts, by slug."""

    name: str
    function: Callable[[Any], Any]
    facts: Tuple[str, ...]
    settings: Tuple[str, ...]
    repeats: int
    patience: float

    def answers(self, run: Any) -> Dict[str, Any]:
        """Ask; a probe of one fact returns just the answer."""
        answer = self.function(run)
        return answer if len(self.facts) > 1 else {self.facts[0]: answer}


PROBES: Dict[str, Probe] = {}


def probe(
    *facts: str, settings: Tuple[str, ...] = ("alone",), repeats: int = 1, patience: float = 0.0
) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Enter the decorated function among the probes, as what answers these facts.

    settings -- those that it is run in; repeats -- how often in each, where chance may decide;
    patience -- seconds in which a framework that stands still may yet go on by itself
    """

    def enter(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        entry = Probe(function.__name__, function, facts, settings, repeats, patience)
        if entry.name in PROBES:
            raise ValueError(f"two probes are called {entry.name}")
        PROBES[entry.name] = entry
        return function

    return enter
