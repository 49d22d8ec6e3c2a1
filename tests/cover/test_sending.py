"""A factory that stands in a script is judged as one that stands in a module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import refloader

SCRIPT = """\
import refloader


class Slices:
    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows].copy(), self.y[rows].copy()


def make(samples, batch_size, seed):
    return Slices(*samples.arrays, batch_size)


if GUARD:
    print("judging")
    found = refloader.judge(FACTORY, only=("pickling", "workers.start-methods"), samples="arrays")
    print(*(f"{one.requirement}:{one.verdict}" for one in found.results if one.broken))
"""


def judged(folder: Path, guard: str, factory: str) -> str:
    """Return what the script prints."""
    script = folder / "script.py"
    script.write_text(SCRIPT.replace("GUARD", guard).replace("FACTORY", factory), encoding="utf-8")
    root = str(Path(refloader.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ, PYTHONPATH=root),
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "factory", ["make", "lambda samples, size, seed: Slices(*samples.arrays, size)"]
)
def test_what_a_guarded_script_defines_travels_to_fresh_processes(
    tmp_path: Path, factory: str
) -> None:
    """The script is loaded in other processes as multiprocessing loads it, and not run there."""
    printed = judged(tmp_path, '__name__ == "__main__"', factory)

    assert ["judging", ""] == printed.splitlines()


def test_a_script_without_a_guard_is_not_run_again(tmp_path: Path) -> None:
    """Its loader is found unpicklable only where a spawned worker would not find its class either."""
    printed = judged(tmp_path, "True", "make").splitlines()

    assert "judging" == printed[0]
    assert ["pickling.fresh-process:fail", "workers.start-methods:fail"] == sorted(
        printed[1].split()
    )
