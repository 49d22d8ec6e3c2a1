"""Time competitors in turn, several rounds, and compare each with the others of its round."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

from refloader.bench.competitors import COMPETITORS, LIMIT, REFERENCE
from refloader.frameworks.installed import versions

PATIENCE = 600
TOLERANCE = 0.05
Round = Dict[str, Dict[str, Any]]


def run(
    names: List[str],
    corpus: str,
    root: Path,
    rounds: int,
    tell: Callable[[str], None],
    *,
    into: str = "bare",
) -> Iterator[Round]:
    """Yield the figures of each competitor, a round at a time; the order turns by one each time.

    :param tell: called with what is timed now.
    :param into: "bare", or "fit" where what is timed feeds a model.
    """
    for number in range(rounds):
        figures: Round = {}
        for name in names[number % len(names) :] + names[: number % len(names)]:
            tell(f"round {number + 1} of {rounds}: {name}")
            figures[name] = _one(name, corpus, root, into)
        yield figures


def _one(name: str, corpus: str, root: Path, into: str) -> Dict[str, Any]:
    command = [sys.executable, "-m", "refloader.bench.one", name, corpus, str(root), into]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and no shell
            command,
            check=False,
            env={**os.environ, **quiet, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            timeout=PATIENCE,
        )
        figures: Dict[str, Any] = json.loads(done.stdout.decode())
    except subprocess.TimeoutExpired:
        return {"error": f"no end after {PATIENCE} s"}
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return {"error": lines[-1] if lines else f"exit code {done.returncode}"}
    return figures


def summary(results: List[Round], names: List[str]) -> List[Dict[str, Any]]:
    """Return a row a competitor: medians, and ratios within each round with their spread."""
    return [_row(name, results) for name in names]


def _row(name: str, results: List[Round]) -> Dict[str, Any]:
    good = [one for one in results if "error" not in one[name]]
    row: Dict[str, Any] = {"name": name, "resampling": COMPETITORS[name].resampling}
    if not good:
        return {**row, "error": results[0][name]["error"]}
    for epoch in ("first", "second"):
        for figure in ("rate", "cpu_ms", "first_batch"):
            values = [one[name][epoch][figure] for one in good]
            row[f"{epoch}.{figure}"] = round(statistics.median(values), 4)
    row["load"] = [round(one[name]["second"]["load"], 2) for one in good]
    for other, title in ((LIMIT, "of_limit"), (REFERENCE, "of_reference")):
        both = [one for one in good if "error" not in one.get(other, {"error": ""})]
        for figure in ("rate", "cpu_ms"):
            ratios = [one[name]["second"][figure] / one[other]["second"][figure] for one in both]
            if ratios:
                spread = (statistics.median(ratios), min(ratios), max(ratios))
                row[f"{title}.{figure}"] = [round(value, 3) for value in spread]
    # Nothing that does the limit's work is faster than the limit: if it is in every round, that is no noise.
    like = COMPETITORS[LIMIT].resampling == row["resampling"] and COMPETITORS[name].same_work
    middle, least, _ = row.get("of_limit.rate", [0, 0, 0])
    row["doubtful"] = like and middle > 1 + TOLERANCE and least > 1
    return row


def machine() -> Dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "versions": versions(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), "")
