"""The drive that calls the epoch hooks as often and as early as any framework does."""

from __future__ import annotations

import threading
from typing import Any, Dict

import numpy as np

from refloader.contract.drives import HOOKS
from refloader.contract.ledger import Ledger, Scenario
from refloader.driving.drives.direct import drive, steps_of
from refloader.driving.observing.recording import Recording, Tick
from refloader.driving.subject import Bench, Subject

#: What frameworks do around two or three epochs: whether they call the begin hook, how often the end hook
#: before the first and between them, from which thread; and how much they read in addition.
HOOK_PATTERNS: Dict[str, Dict[str, Any]] = {
    "no hook is ever called": {"begin": False, "between": 0},
    "a begin hook an epoch, and no end hook": {"between": 0},
    "one end hook an epoch": {"begin": False, "between": 1},
    "two end hooks an epoch": {"between": 2},
    "three end hooks an epoch": {"between": 3},
    "an end hook before the first epoch": {"before": 1, "between": 1},
    "two batches are peeked at": {"peeked": 2, "between": 1},
    "two batches are peeked at, then an end hook": {"peeked": 2, "before": 1, "between": 1},
    "an epoch is read ahead and thrown away": {"ahead": True, "between": 2},
    "the end hook runs in another thread": {"between": 1, "thread": True},
}
#: The index that each epoch begins with; the last with the one that is next to where the third has ended,
#: which a loader may have prepared.
BEGINNINGS = (0, 1, 2, 2)


def hooks(bench: Bench, scenario: Scenario, tick: Tick, pattern: str) -> Ledger:
    """Read epochs, most in another order of indexes than the last, with the hooks of one pattern."""
    plan = dict(
        {"begin": True, "before": 0, "peeked": 0, "ahead": False, "thread": False},
        **HOOK_PATTERNS[pattern],
    )
    with drive(HOOKS, bench, scenario, tick) as (recording, subject, samples):
        recording.facts["pattern"] = pattern
        if subject is not None:
            # What another loader delivers with no hook and no peek: that much is not the hooks' doing.
            _pass(recording, bench.build(samples, scenario), "plain", 0)
            for index in range(min(plan["peeked"], steps_of(subject))):
                recording.read_index("peeked", 0, index, subject)
            _call_hook(recording, subject, plan["before"], in_thread=plan["thread"])
            for epoch in range(len(BEGINNINGS)):
                if plan["begin"]:
                    _hook(recording, subject, "on_epoch_begin")
                _pass(recording, subject, "epoch", epoch)
                _call_hook(recording, subject, min(1, plan["between"]), in_thread=plan["thread"])
                if plan["ahead"]:
                    _pass(recording, subject, "thrown away", epoch)
                _call_hook(recording, subject, plan["between"] - 1, in_thread=plan["thread"])
    return recording.ledger()


def _pass(recording: Recording, subject: Subject, phase: str, epoch: int) -> None:
    steps = steps_of(subject)
    for index in np.roll(np.arange(steps), -BEGINNINGS[epoch]).tolist():
        recording.read_index(phase, epoch, index, subject)


def _call_hook(recording: Recording, subject: Subject, times: int, *, in_thread: bool) -> None:
    for _ in range(times):
        caller = threading.Thread(target=_hook, args=(recording, subject, "on_epoch_end"))
        if in_thread:
            caller.start()
            caller.join()
        else:
            caller.run()


def _hook(recording: Recording, subject: Subject, name: str) -> None:
    error = subject.hook(name)
    if error is not None:
        recording.facts["hook_error"] = error
