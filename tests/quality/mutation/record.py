"""Records the ledgers of the whole zoo, for judging them again with judges that were changed.

python tests/quality/mutation/record.py FOLDER
"""

from __future__ import annotations

import contextlib
import dataclasses
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Dict, List, Set, Tuple

import click
from rich.progress import track

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import judgements

from refloader.contract.drives import FRAMEWORK
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE
from refloader.evidence import Evidence

#: What one loader's drives were, by driver, and the policy that they are judged by.
Recorded = Tuple[Policy, Dict[str, List[Ledger]]]


def recorded(module: ModuleType, *, training: bool) -> Recorded:
    """Make all drives of one loader that a requirement judges."""
    evidence = Evidence(module.make, Policy.of(**module.POLICY))
    with contextlib.closing(evidence):
        if evidence.policy.samples == "auto":
            found = evidence.ask("probe")
            policy = dataclasses.replace(evidence.policy, samples=found.samples)
            evidence.settle(policy, vectors=found.vectors)
        wanted = sorted(drivers(evidence.policy, training=training))
        evidence.start(wanted)
        sweeps = {driver: evidence.sweep(driver) for driver in wanted}
    return evidence.policy, {
        driver: [ledger for _, ledger in sweep] for driver, sweep in sweeps.items()
    }


def drivers(policy: Policy, *, training: bool) -> Set[str]:
    """Return the drivers that are judged of such a loader, in training or without a framework."""
    return {
        driver
        for one in CATALOGUE.values()
        if not one.not_applicable(policy)
        for driver in one.drives
        if (driver in FRAMEWORK) is training
    }


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--training", is_flag=True, help="The loaders of zoo/training, in the installed Keras."
)
def main(folder: Path, *, training: bool) -> None:
    """Write a file for each loader of the zoo into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = ("training",) if training else ("bad", "good")
    chosen = [(kind, name) for kind in kinds for name in judgements.names(kind)]
    for kind, name in track(chosen, "recording"):
        made = recorded(judgements.loader(kind, name), training=training)
        folder.joinpath(f"{kind}-{name}.pickle").write_bytes(pickle.dumps(made))


if __name__ == "__main__":
    main()
