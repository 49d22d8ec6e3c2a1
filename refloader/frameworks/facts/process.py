"""The process that imports the framework once and gives birth to one process for each probe run.

Each line of standard input is an order as JSON: the probe, the setting, which of its repeats it is,
and the stem of the files that the born process writes: `.events`, `.answers` (a line when it is
done), `.stacks`, `.said`. It answers with the number of the process born, on a line.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import multiprocessing
import os
import pkgutil
import signal
import sys
import threading
import traceback
from typing import Any, Dict

import refloader.frameworks.facts as themes
from refloader.driving.processes.family import end_with
from refloader.frameworks.facts.log import Log
from refloader.frameworks.facts.probe import ABSENT, PROBES, SETTINGS, Probe
from refloader.frameworks.facts.run import Absent, Run
from refloader.frameworks.installed import load


def gather() -> Dict[str, Probe]:
    """Return all probes, of every theme; imports no framework."""
    for module in pkgutil.iter_modules(themes.__path__):
        if module.name != "process":
            importlib.import_module(f"{themes.__name__}.{module.name}")
    return PROBES


def main() -> None:
    """Carry out orders until standard input ends."""
    gather()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    load()
    # After what is imported, which may set it too; each birth sets it back.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _born(json.loads(line))
        answers.write(f"{pid}\n")
        answers.flush()


def _born(order: Dict[str, Any]) -> None:
    """Be the process of one run, from birth to end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    parent = os.getppid()
    os.setsid()
    stem = order["stem"]
    said = os.open(f"{stem}.said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(said, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with open(f"{stem}.stacks", "w") as file:  # noqa: PTH123 - kept open for the signal handler
        faulthandler.register(signal.SIGUSR1, file=file, all_threads=True)
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()
        answer = _answer(order, Log(f"{stem}.events"))
        with open(f"{stem}.answers", "w", encoding="utf-8") as answers:  # noqa: PTH123
            answers.write(json.dumps(answer) + "\n")
    os._exit(0)


def _answer(order: Dict[str, Any], log: Log) -> Dict[str, Any]:
    probe, chosen = PROBES[order["probe"]], SETTINGS[order["setting"]]
    multiprocessing.set_start_method(chosen.start, force=True)
    try:
        return {"answers": probe.answers(Run(log, chosen, order["turn"]))}
    except Absent:
        return {"answers": dict.fromkeys(probe.facts, ABSENT)}
    except Exception as error:  # noqa: BLE001 - it is an answer, or the probe is wrong
        if _is_ours(error):
            return {"crash": traceback.format_exc()}
        return {"answers": dict.fromkeys(probe.facts, f"raises {type(error).__name__}")}


def _is_ours(error: BaseException) -> bool:
    """Tell whether a probe, and not the framework that it ran, raised an error."""
    last = list(traceback.walk_tb(error.__traceback__))[-1][0]
    return last.f_code.co_filename.startswith(themes.__path__[0])


if __name__ == "__main__":
    main()
