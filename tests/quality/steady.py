"""Judges loaders of the zoo again and again, in quiet and under load, and counts equal verdicts.

Twenty runs of all of them take hours. What has been judged is kept in a file, a line each, and a
run that was broken off goes on after the last one. The code must be the same then: remove the file
when it is not.

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
from typing import Dict, Iterator, List, Tuple

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


class Kept:
    """The verdicts found so far, in a file that grows by a line for each loader of each run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: Dict[Tuple[int, str], Dict[str, str]] = {}
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for one in map(json.loads, lines):
            self._found[one["run"], one["loader"]] = one["verdicts"]

    def of(self, run: int, loader: str, condition: str) -> Dict[str, str]:
        """Return the verdicts of a loader in a run, and judge it if that was not done before."""
        if (run, loader) not in self._found:
            verdicts = self._found[run, loader] = judged(loader)
            line = {"run": run, "condition": condition, "loader": loader, "verdicts": verdicts}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        return self._found[run, loader]


@click.command()
@click.option("--runs", default=20, show_default=True, help="Times that each loader is judged.")
@click.option(
    "--loaders", "chosen", multiple=True, metavar="KIND/NAME", help="Only these (repeatable)."
)
@click.option(
    "--into", default="steady.jsonl", show_default=True, help="What was found, and is gone on from."
)
def main(runs: int, chosen: Tuple[str, ...], into: str) -> None:
    """Print, for each run, how many verdicts were those of the first one."""
    console = Console()
    kept = Kept(Path(into))
    for number in range(runs):
        condition = CONDITIONS[number % len(CONDITIONS)]
        counted: Counter[bool] = Counter()
        with under(condition):
            for loader in track(chosen or loaders(), f"run {number}, {condition}", console=console):
                first = kept.of(0, loader, CONDITIONS[0])
                for slug, verdict in kept.of(number, loader, condition).items():
                    counted[verdict == first[slug]] += 1
                    if verdict != first[slug]:
                        console.print(number, condition, loader, slug, first[slug], verdict)
        console.print(
            f"run {number}, {condition}: {counted[True]} same, {counted[False]} different"
        )


if __name__ == "__main__":
    main()
