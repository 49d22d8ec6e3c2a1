"""How to write a loader that keeps the contract: loaders, each a step further than the one before."""

from __future__ import annotations

import ast
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, FrozenSet, List

from refloader.contract.requirement import CATALOGUE

FOLDER = Path(__file__).with_name("steps")
# What follows the loader and its factory is for the tests.
_END = "\n\nPOLICY = "


@dataclass(frozen=True)
class Step:
    """One step on the way to a loader that keeps the contract.

    title, text -- what is done, and why; code -- the loader and its factory; module -- its name;
    policy -- what is declared; mends -- the requirements that the loader of the step before breaks
    under this policy, and this one keeps; breaks -- those that this one still breaks
    """

    title: str
    text: str
    code: str
    module: str
    policy: Dict[str, Any]
    mends: List[str]
    breaks: List[str]


def steps() -> List[Step]:
    """Return the steps, the shortest loader first."""
    return [_step(path) for path in sorted(FOLDER.glob("step*.py"))]


def _step(path: Path) -> Step:
    text = path.read_text(encoding="utf-8")
    told = ast.get_docstring(ast.parse(text)) or ""
    title, _, reasons = told.partition("\n\n")
    name = f"refloader.spec.steps.{path.stem}"
    module = importlib.import_module(name)
    return Step(
        title=title.rstrip("."),
        text=" ".join(reasons.split()),
        code=text.split('"""', 2)[2].partition(_END)[0].strip(),
        module=name,
        policy=module.POLICY,
        mends=_ordered(module.MENDS),
        breaks=_ordered(module.BREAKS),
    )


def _ordered(slugs: FrozenSet[str]) -> List[str]:
    return [slug for slug in CATALOGUE if slug in slugs]
