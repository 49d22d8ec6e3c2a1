"""Judges recorded ledgers again; ends with 1 at the first judgement that is another one.

python tests/quality/mutation/rejudge.py FOLDER --baseline    # keeps what is said now
python tests/quality/mutation/rejudge.py FOLDER
"""

from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import click
import pytest

import refloader.contract
from refloader.contract.kills import kills
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE, Requirement, find
from refloader.contract.situations import met

BASELINE = "said.json"


def judgements(
    requirements: List[Requirement], policy: Policy, ledgers: Dict[str, List[Ledger]]
) -> Iterator[Tuple[str, Any]]:
    """Give all that these requirements say of one loader's drives."""
    for one in requirements:
        reason = one.not_applicable(policy)
        yield (
            one.slug,
            reason
            or [
                said(one, ledger, policy)
                for driver in one.drives
                for ledger in ledgers.get(driver, ())
                if ledger.hang is None and ledger.died is None
            ],
        )


def said(one: Requirement, ledger: Ledger, policy: Policy) -> List[Any]:
    """Return the witness and which of the situations came up."""
    try:
        text = one.judge(ledger, policy)
    except Exception as error:  # noqa: BLE001 - a mutant that raises says something else as well
        text = f"raised {type(error).__name__}"
    return [text, [met(name, ledger) for name in (*one.needs, *filter(None, [one.only_where]))]]


def catalogue() -> List[Any]:
    """Return what else the contract's code says without a ledger: its table and its errors."""
    table = {slug: sorted(flagged) for slug, flagged in kills().items()}
    return [sorted(CATALOGUE), table, refused("coverage.no-los"), refused("quite another")]


def refused(slug: str) -> str:
    """Return what is said of a slug that there is none of."""
    with pytest.raises(refloader.UsageError) as caught:
        find(slug)
    return str(caught.value)


def chapters() -> Dict[str, List[Requirement]]:
    """Return the requirements by the module that judges them."""
    found: Dict[str, List[Requirement]] = defaultdict(list)
    for one in CATALOGUE.values():
        found[one.judge.__module__.rsplit(".", 1)[-1]].append(one)
    return found


def all_judgements(folder: Path, changed: str) -> Iterator[Tuple[str, Any]]:
    """Give each judgement that a changed module may have a part in, with its name."""
    yield "catalogue", catalogue()
    for chapter, requirements in sorted(chapters().items()):
        if changed in chapters() and changed != chapter:
            continue
        loaders = pickle.loads((folder / f"{chapter}.ledgers").read_bytes())  # noqa: S301 - ours
        for name, (policy, ledgers) in loaders.items():
            for slug, value in judgements(requirements, policy, ledgers):
                yield f"{name}, {slug}", value


def regroup(folder: Path) -> None:
    """Write a file for each chapter, with the ledgers of all loaders that it judges."""
    loaders = {
        file.stem: pickle.loads(file.read_bytes())  # noqa: S301 - written by record.py
        for file in sorted(folder.glob("*.pickle"))
    }
    for chapter, requirements in chapters().items():
        drivers = {driver for one in requirements for driver in one.drives}
        chosen = {
            name: (policy, {driver: ledgers.get(driver, []) for driver in drivers})
            for name, (policy, ledgers) in loaders.items()
        }
        folder.joinpath(f"{chapter}.ledgers").write_bytes(pickle.dumps(chosen))


def digest(value: Any) -> str:
    """Return what tells judgements apart."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def mutated() -> str:
    """Return the name of the module that differs from what is committed, if one does."""
    command = ["git", "diff", "--name-only", "--", "refloader"]
    named = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return Path(named[0]).stem if named else ""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--baseline", is_flag=True, help="Keep what is said now as what has to be said.")
def main(folder: Path, *, baseline: bool) -> None:
    """Judge the ledgers in FOLDER."""
    kept = folder / BASELINE
    if baseline:
        regroup(folder)
        found = {name: digest(value) for name, value in all_judgements(folder, "")}
        kept.write_text(json.dumps(found), encoding="utf-8")
        click.echo(f"{len(found)} judgements")
        return
    expected = json.loads(kept.read_text(encoding="utf-8"))
    for name, value in all_judgements(folder, mutated()):
        if expected[name] != digest(value):
            click.echo(f"{name} is judged otherwise")
            raise SystemExit(1)


if __name__ == "__main__":
    main()
