"""The drive that reads from several threads at once."""

from __future__ import annotations

import sys
import threading
from typing import Any, Callable, Dict, Iterator

from refloader.contract.drives import THREADS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.drives.direct import drive, steps_of
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject

READERS = 4
# Threads then give way to each other every few lines, not every few thousand.
SWITCH_SECONDS = 1e-5


def threads(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Read each epoch once in order and once by several threads that share out the indexes."""
    with drive(THREADS, bench, scenario, tick) as (recording, subject, _):
        for epoch in range(scenario.epochs if subject is not None else 0):
            _epoch(recording, subject, epoch)
    return recording.ledger()


def _epoch(recording: Recording, subject: Any, epoch: int) -> None:
    subject.hook("on_epoch_begin")
    steps = steps_of(subject)
    if subject.policy.kind == "sequence":
        for index in range(steps):
            recording.read_index("alone", epoch, index, subject)
    answers = _read_together(subject, steps)
    for index in sorted(answers):
        recording.read("epoch", epoch, index, answers[index])
    subject.hook("on_epoch_end")


def _read_together(subject: Subject, steps: int) -> Dict[int, Callable[[], Any]]:
    """Return each index's answer, as a function that returns the batch or raises its error."""
    indexes = iter(range(steps))
    lock = threading.Lock()
    answers: Dict[int, Callable[[], Any]] = {}
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    readers = [
        threading.Thread(target=_reader, args=(subject, indexes, lock, answers), daemon=True)
        for _ in range(READERS)
    ]
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    finally:
        sys.setswitchinterval(interval)
    return answers


def _reader(
    subject: Subject,
    indexes: Iterator[int],
    lock: threading.Lock,
    answers: Dict[int, Callable[[], Any]],
) -> None:
    while True:
        with lock:
            index = next(indexes, None)
        if index is None:
            return
        answers[index] = subject.answer(index)
