"""Judges loaders of the zoo again and again, in quiet and under load, and counts equal verdicts.

python tests/quality/steady.py --runs 20
python tests/quality/steady.py --runs 3 --loaders bad/cursor --loaders good/image_files
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import click
import judgements
from rich.console import Console
from rich.progress import track

BUSY = 4
CONDITIONS = ("quiet", "busy", "one core")


def _spin() -> None:
    while True:
        pass


@contextlib.contextmanager
def under(condition: str) -> Iterator[None]:
    """Make it so: four busy processes beside this one, or one core for it and all it starts."""
    cores = os.sched_getaffinity(0)
    busy = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(BUSY)]
    if condition == "busy":
        for process in busy:
            process.start()
    if condition == "one core":
        os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        for process in busy:
            if process.pid is not None:
                process.kill()


def loaders() -> List[str]:
    """Return all loaders that are judged without a framework, as kind/name."""
    return [f"{kind}/{name}" for kind in ("bad", "good") for name in judgements.names(kind)]


def judged(loader: str) -> Dict[str, str]:
    """Return the verdict on each requirement."""
    kind, name = loader.split("/")
    found = judgements.judge(judgements.loader(kind, name))
    return {slug: one.verdict for slug, one in found.items()}


@click.command()
@click.option("--runs", default=20, show_default=True, help="Times that each loader is judged.")
@click.option(
    "--loaders", "chosen", multiple=True, metavar="KIND/NAME", help="Only these (repeatable)."
)
@click.option("--json", "target", metavar="FILE", help="Write the differences too.")
def main(runs: int, chosen: Tuple[str, ...], target: str) -> None:
    """Print, for each run, how many verdicts were those of the first one."""
    console = Console()
    first: Dict[Tuple[str, str], str] = {}
    different: List[Any] = []
    for number in range(runs):
        condition = CONDITIONS[number % len(CONDITIONS)]
        counted: Counter[bool] = Counter()
        with under(condition):
            for loader in track(chosen or loaders(), f"run {number}, {condition}", console=console):
                for slug, verdict in judged(loader).items():
                    known = first.setdefault((loader, slug), verdict)
                    counted[verdict == known] += 1
                    if verdict != known:
                        different.append([number, condition, loader, slug, known, verdict])
                        console.print(*different[-1])
        console.print(
            f"run {number}, {condition}: {counted[True]} same, {counted[False]} different"
        )
        if target:
            Path(target).write_text(json.dumps(different), encoding="utf-8")


if __name__ == "__main__":
    main()
