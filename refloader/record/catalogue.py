"""The facts as data: what is asked, why a loader's author should care, and what to do."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from refloader.contract.policy import nearest
from refloader.errors import UsageError
from refloader.frameworks.facts.probe import ABSENT


@dataclass(frozen=True)
class Fact:
    """One question to a framework.

    slug -- its permanent name; question -- what is asked; why -- what goes wrong in loaders;
    endangers -- slugs of the requirements at risk; advice -- what to do about it;
    sources -- public threads, as repository#number; harmless -- answers that endanger nothing,
    None where no answer is better than another
    """

    slug: str
    question: str
    why: str
    endangers: Tuple[str, ...]
    advice: str
    sources: Tuple[str, ...]
    harmless: Optional[List[Any]] = None

    def dangerous(self, answer: Any) -> bool:
        """Tell whether an answer is one that loaders suffer from."""
        return self.harmless is not None and answer not in (*self.harmless, ABSENT)


def _read() -> Dict[str, Fact]:
    text = Path(__file__).with_name("facts.toml").read_text(encoding="utf-8")
    toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    return {slug: _fact(slug, data) for slug, data in toml.loads(text).items()}


def _fact(slug: str, data: Dict[str, Any]) -> Fact:
    listed = {name: tuple(data[name]) for name in ("endangers", "sources")}
    return Fact(slug, **{**data, **listed})


FACTS: Dict[str, Fact] = _read()


def find_fact(slug: str) -> Fact:
    """Return the fact of this slug; an unknown one is a UsageError with the nearest."""
    if slug not in FACTS:
        raise UsageError(f"there is no fact {slug!r}{nearest(slug, FACTS)}")
    return FACTS[slug]


def choose_facts(names: Tuple[str, ...]) -> List[Fact]:
    """Return the facts named by slug or by the part before the dot; all where none is named."""
    chosen: List[Fact] = []
    for name in names:
        group = [fact for fact in FACTS.values() if fact.slug.split(".")[0] == name]
        chosen += group or [find_fact(name)]
    return chosen or list(FACTS.values())
