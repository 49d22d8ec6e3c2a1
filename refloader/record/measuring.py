"""Measuring: every run of a probe in a process of its own, which is ended when it stands still."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Tuple

import psutil

from refloader.driving.processes.family import family, kill_group
from refloader.driving.processes.nursery import SuiteError
from refloader.driving.processes.stillness import FEEDING, Hang, Watch
from refloader.frameworks.facts.probe import DIES, HANGS, Probe
from refloader.frameworks.facts.process import gather

#: How many runs go on at a time: most of what they do is waiting.
AT_A_TIME = 4
POLL_SECONDS = 0.05
LOOK_SECONDS = 0.5
# Starting workers by spawn imports the framework in each, which computes for long without an event.
PATIENCE = FEEDING._replace(spin=240.0)
# The first Keras polls its queue so often that it is never quite still: without an event, so small
# a share of a processor is standing still as well. And workers may go on reading while nobody
# listens.
SILENT_SECONDS = 25.0
IDLE_SHARE = 0.05
LONGEST_SECONDS = 240.0


class Job(NamedTuple):
    """One run of a probe in one setting; `turn` counts the repeats."""

    probe: Probe
    setting: str
    turn: int = 0


class Answer(NamedTuple):
    """What one run answered to one fact."""

    fact: str
    setting: str
    value: Any


def jobs(facts: Iterable[str], repeats: int = 0) -> List[Job]:
    """Return the runs that answer these facts.

    repeats -- how often to ask where chance may decide; 0 takes what each probe asks for
    """
    wanted = set(facts)
    found = [
        Job(probe, setting, turn)
        for probe in gather().values()
        if wanted & set(probe.facts)
        for setting in probe.settings
        for turn in range(repeats if repeats and probe.repeats > 1 else probe.repeats)
    ]
    # What may wait for a minute comes first, so that nothing else waits for it in the end.
    return sorted(found, key=lambda job: -job.probe.patience)


def measure(todo: List[Job]) -> Iterator[Tuple[Job, List[Answer]]]:
    """Run the jobs with the installed framework; yield each with its answers when it is done.

    Raises SuiteError where a probe itself fails.
    """
    with Births() as births, ThreadPoolExecutor(AT_A_TIME) as pool:
        running = {pool.submit(births.run, job): job for job in todo}
        try:
            for future in as_completed(running):
                job = running[future]
                found = future.result()
                yield job, [Answer(fact, job.setting, found[fact]) for fact in job.probe.facts]
        finally:
            births.close()
            for future in running:
                future.cancel()


class Births:
    """The process that has imported the framework, and the runs that are born of it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="refloader-")
        self._lock = threading.Lock()
        self._count = 0
        self._said = Path(self._folder.name, "said")
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "refloader.frameworks.facts.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=dict(os.environ, PYTHONPATH=os.pathsep.join(path or "." for path in sys.path)),
                encoding="utf-8",
                start_new_session=True,
            )

    def __enter__(self) -> Births:  # noqa: PYI034 - Self is too new for Python 3.7
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        self._folder.cleanup()

    def close(self) -> None:
        """End all that goes on."""
        kill_group(self._process.pid)

    def run(self, job: Job) -> Dict[str, Any]:
        """Run one job and return the answers by fact."""
        pid, stem = self._birth(job)
        try:
            return self._answers(job, pid, stem)
        finally:
            kill_group(pid)

    def _birth(self, job: Job) -> Tuple[int, Path]:
        with self._lock:
            self._count += 1
            stem = Path(self._folder.name, str(self._count))
            order = {
                "probe": job.probe.name,
                "setting": job.setting,
                "turn": job.turn,
                "stem": str(stem),
            }
            try:
                self._process.stdin.write(json.dumps(order) + "\n")  # type: ignore[union-attr]
                self._process.stdin.flush()  # type: ignore[union-attr]
                born = self._process.stdout.readline()  # type: ignore[union-attr]
            except OSError:
                born = ""
            if not born:
                raise SuiteError(self._said.read_text(encoding="utf-8", errors="replace")[-4000:])
            return int(born), stem

    def _answers(self, job: Job, pid: int, stem: Path) -> Dict[str, Any]:
        watch = Watch(pid, stem.with_suffix(".stacks"), PATIENCE)
        answers, events = stem.with_suffix(".answers"), stem.with_suffix(".events")
        size, looked = -1, time.monotonic()
        silence = max(SILENT_SECONDS, job.probe.patience)
        born = moved = time.monotonic()
        used = 0.0
        while psutil.pid_exists(pid):
            time.sleep(POLL_SECONDS)
            if time.monotonic() > born + LONGEST_SECONDS:
                return dict.fromkeys(job.probe.facts, HANGS)
            if time.monotonic() > moved + silence:
                used, before = _used(pid), used
                if used - before < IDLE_SHARE * silence:
                    return dict.fromkeys(job.probe.facts, HANGS)
                moved = time.monotonic()
            now = events.stat().st_size if events.exists() else 0
            if now != size:
                watch.moved()
                size, moved, used = now, time.monotonic(), _used(pid)
            elif time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                try:
                    watch.look()
                except Hang:
                    if time.monotonic() > moved + job.probe.patience:
                        return dict.fromkeys(job.probe.facts, HANGS)
                    watch.moved()
        if not answers.exists():
            return dict.fromkeys(job.probe.facts, DIES)
        return _checked(json.loads(answers.read_text(encoding="utf-8")), job)


def _used(pid: int) -> float:
    """Return the seconds of processor time of a process and of its workers."""
    total = 0.0
    for process in family(pid):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += float(times.user + times.system)
            total += float(times.children_user + times.children_system)
    return total


def _checked(answer: Dict[str, Any], job: Job) -> Dict[str, Any]:
    if "crash" in answer:
        raise SuiteError(f"probe {job.probe.name}, {job.setting}: {answer['crash']}")
    found: Dict[str, Any] = answer["answers"]
    return found
