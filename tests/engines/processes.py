"""Run the command of an engine to its end, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import psutil

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
#: A run takes less than a minute where nobody else is; after so many seconds it is ended.
MOST_SECONDS = 600


def run(
    *arguments: Any, folder: Path, environment: Optional[Dict[str, str]] = None
) -> subprocess.CompletedProcess[str]:
    """Run this interpreter with arguments, end all that is left of it, and return how it ended."""
    return run_all([list(arguments)], folder, [environment or {}])[0]


def run_all(
    commands: List[List[Any]], folder: Path, environments: List[Dict[str, str]]
) -> List[subprocess.CompletedProcess[str]]:
    """Run several commands at once; when one fails the others are ended, as launchers do."""
    folder.mkdir(parents=True, exist_ok=True)
    logs = [folder / f"output-{number}.txt" for number in range(len(commands))]
    started: List[psutil.Popen] = []
    try:
        for command, environment, log in zip(commands, environments, logs):
            started.append(_start(command, environment, log))
        gone, alive = psutil.wait_procs(started, 0)
        left = MOST_SECONDS
        while alive and left and all(process.returncode == 0 for process in gone):
            left -= 1
            new, alive = psutil.wait_procs(alive, 1)
            gone += new
    finally:
        for process in started:
            _end(process)
    return [
        subprocess.CompletedProcess(process.args, process.wait(), log.read_text())
        for process, log in zip(started, logs)
    ]


def _start(command: List[Any], environment: Dict[str, str], log: Path) -> psutil.Popen:
    path = os.pathsep.join([str(ROOT), str(HERE)])
    variables = {**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1", **environment}
    with log.open("w") as output:
        return psutil.Popen(
            [sys.executable, *map(str, command)],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _end(process: psutil.Popen) -> None:
    try:
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(family, 30)
