"""Goes through README's first steps as somebody who has nothing yet, and times each of them.

    python tests/downstream/newcomer.py

The commands are those that stand in README under "From nothing to a judged loader". Where one opens an
editor, the first loader of the guide is put in place, which loses its tail: pytest has to say so. Then comes
the third, which keeps the contract.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, List, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HEADING = "## From nothing to a judged loader"
STEPS = ROOT / "refloader" / "spec" / "steps"
EDITOR = "$EDITOR"


class Step(NamedTuple):
    """What was done, how long it took in seconds, how it ended and what was said."""

    command: str
    seconds: float
    code: int
    said: str


def commands() -> List[str]:
    """Return the commands of README's section, without their comments."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition(HEADING)[2]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    if block is None:
        raise SystemExit(f"README.md has no commands under {HEADING!r}")
    return [line.partition("  #")[0].strip() for line in block.group(1).splitlines()]


class Newcomer:
    """Somebody with an empty folder and a checkout, in one shell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkout = Path(shutil.copytree(str(ROOT), str(folder / "refloader"), ignore=_scratch))
        self.place = self.checkout
        self.variables = {
            name: text
            for name, text in os.environ.items()
            if name not in {"PYTHONPATH", "VIRTUAL_ENV"}
        }

    def run(self, command: str) -> Step:
        """Run a command where the one before left off, in its surroundings."""
        noted = self.folder / "noted"
        begun = time.perf_counter()
        done = subprocess.run(
            ["bash", "-c", f"{command}\ncode=$?; {{ pwd; env -0; }} > {noted}; exit $code"],  # noqa: S607 - the shell that README is for
            cwd=str(self.place),
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        seconds = time.perf_counter() - begun
        place, _, rest = noted.read_text(encoding="utf-8").partition("\n")
        self.place, self.variables = Path(place), _variables(rest)
        return Step(command, seconds, done.returncode, done.stdout)

    def write(self, step: str) -> None:
        """Put a loader of the guide where the skeleton's stands."""
        text = (STEPS / f"{step}.py").read_text(encoding="utf-8")
        (self.place / "loader.py").write_text(text, encoding="utf-8")


def main() -> None:
    """Go through the steps; end with an error where one does not come out as README says."""
    with tempfile.TemporaryDirectory() as temporary:
        newcomer = Newcomer(Path(temporary))
        steps: List[Step] = []
        for command in commands():
            if command.startswith(EDITOR):
                newcomer.write("step1")
            else:
                steps.append(_told(newcomer.run(command)))
        wrong = steps[-1]
        newcomer.write("step3")
        steps.append(_told(newcomer.run(commands()[-1])))
    spent = sum(step.seconds for step in steps)
    sys.stdout.write(f"{spent:7.1f} s  in all\n")
    failed = [step for step in steps if step.code and step is not wrong]
    if failed:
        raise SystemExit(failed[0].said)
    if wrong.code != 1 or "coverage.no-loss" not in wrong.said:
        raise SystemExit(f"the loader that loses its tail was not found out:\n{wrong.said}")


def _told(step: Step) -> Step:
    sys.stdout.write(f"{step.seconds:7.1f} s  exit {step.code}  {step.command}\n")
    sys.stdout.flush()
    return step


def _variables(text: str) -> Dict[str, str]:
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


_scratch = shutil.ignore_patterns(
    ".git", ".tox", "__pycache__", ".*_cache", ".venv", "build", "dist"
)


if __name__ == "__main__":
    main()
