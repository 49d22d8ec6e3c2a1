"""The zoo's loaders, each judged once for all tests that look at the verdicts."""

from __future__ import annotations

import fcntl
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Dict, List, NamedTuple, Tuple

from refloader.contract.policy import Policy
from refloader.contract.requirement import choose
from refloader.contract.verdict import BROKEN
from refloader.session import Session
from refloader.spec.examples import examples

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


class Judged(NamedTuple):
    """What was said of one loader on one requirement: the verdict, and its witness or reason."""

    verdict: str
    sentence: str


def names(kind: str) -> List[str]:
    """Return the names of the loaders of one folder of the zoo: "good", "bad" or "training"."""
    return sorted(path.stem for path in (FIXTURES / "zoo" / kind).glob("[!_]*.py"))


def loader(kind: str, name: str) -> ModuleType:
    """Return a loader's module, under a name by which fresh processes find it too."""
    if str(FIXTURES) not in sys.path:
        sys.path.insert(0, str(FIXTURES))
    return importlib.import_module(f"zoo.{kind}.{name}")


class Judgements:
    """Judges loaders of the zoo, each at most once in a test run, however many processes it has.

    folder -- shared by all processes of the run; the judgements are kept there
    own -- judge bad loaders by the requirements alone that are their own, which takes a third of the time
    """

    def __init__(self, folder: Path, *, own: bool = False) -> None:
        self._folder = folder
        self._own = own
        self._folder.mkdir(exist_ok=True)

    def of(self, kind: str, name: str) -> Dict[str, Judged]:
        """Return what is said of a loader, by requirement."""
        kept = self._folder / f"{kind}-{name}.json"
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                module = loader(kind, name)
                slugs = own_slugs(name) if self._own and kind == "bad" else ()
                kept.write_text(json.dumps(judge(module, slugs)), encoding="utf-8")
        said = json.loads(kept.read_text(encoding="utf-8"))
        return {slug: Judged(*words) for slug, words in said.items()}

    def flagged(self, kind: str, name: str) -> Dict[str, str]:
        """Return the requirements that a loader is said to break, each with its witness."""
        judged = self.of(kind, name)
        return {slug: one.sentence for slug, one in judged.items() if one.verdict in BROKEN}


def own_slugs(name: str) -> Tuple[str, ...]:
    """Return the requirements that must flag a bad loader, and those that the spec shows it for."""
    shown = {slug for slug, example in examples().items() if example.loader == name}
    return tuple(sorted(loader("bad", name).MUST | shown))


def judge(module: ModuleType, slugs: Tuple[str, ...] = ()) -> Dict[str, Judged]:
    """Return what is said of a loader, by requirement: of these, or of all."""
    identify = getattr(module, "identify", None)
    with Session(
        module.make, Policy.of(**module.POLICY), identify=identify, training=False
    ) as session:
        return {
            result.requirement: Judged(
                result.verdict, str(result.witness or result.detail or result.reason or "")
            )
            for result in session.results(choose(slugs))
        }
