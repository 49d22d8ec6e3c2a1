"""Bad loaders whose defects are those of real training: each is flagged for what it breaks, in every Keras."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Dict, List

import pytest
import witnesses
from presence import needs_indexable

from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE, choose
from refloader.session import Session
from refloader.spec.examples import examples

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
NAMES = sorted(path.stem for path in (FIXTURES / "zoo" / "training").glob("[!_]*.py"))


def asked(name, module) -> List[str]:
    """Return what a loader is judged by: all where the table of who breaks what is made anew."""
    if witnesses.updating():
        return list(CATALOGUE)
    shown = {slug for slug, example in examples().items() if example.loader == name}
    return sorted(module.MUST | shown)


def flagged(module, slugs) -> Dict[str, str]:
    """Return the requirements that a loader breaks, each with its witness."""
    with Session(module.make, Policy.of(**module.POLICY)) as session:
        results = list(session.results(choose(slugs)))
    return {one.requirement: str(one.witness) for one in results if one.broken}


@needs_indexable
@pytest.mark.parametrize("name", NAMES)
def test_a_bad_loader_is_flagged_by_what_the_model_consumed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is flagged under its own slugs; under no others but declared company, where all are asked."""
    monkeypatch.syspath_prepend(str(FIXTURES))
    module = importlib.import_module(f"zoo.training.{name}")

    seen_in = {one.seen_in for one in examples().values()}
    recorded = witnesses.updating() or witnesses.framework() in seen_in

    found = flagged(module, asked(name, module))

    assert set() == module.MUST - set(found), found
    assert set() == set(found) - module.MUST - module.MAY, found
    for slug, example in examples().items():
        if recorded and example.loader == name:
            witnesses.check(slug, found[slug])
