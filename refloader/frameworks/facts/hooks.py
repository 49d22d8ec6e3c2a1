"""When the hooks run, and what reads of a loader its epochs consist of."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from typing import Any, Callable, Dict, FrozenSet, List, Tuple

from refloader.frameworks.facts.loaders import Numbered
from refloader.frameworks.facts.probe import WORKERS, probe
from refloader.frameworks.facts.run import Run, threads_before
from refloader.frameworks.facts.waiting import children_left, threads_left

# Reads take so long that two workers cannot be done with an epoch before its first step.
SLOW = 0.02
WAIT_SECONDS = 2.0
# After these steps of two_epochs, in turn, training lingers: where a thread of the framework calls the
# hook too, unless it is stopped in time, a busy machine would otherwise answer what a quiet one never does.
LATE: Tuple[FrozenSet[int], ...] = (
    frozenset(),
    frozenset({8}),
    frozenset({16}),
    frozenset({8, 16}),
)
LATE_SECONDS = 0.5


@probe(
    "hook.end.calls",
    "hook.end.before-first-epoch",
    "hook.end.thread",
    "hook.begin.exists",
    "epochs.served",
    "epochs.produced-and-thrown-away",
    "order.shuffled-by-default",
    "tail.delivered",
    "stall.at-epoch-end",
    "workers.leak",
    settings=WORKERS,
    repeats=len(LATE),
)
def two_epochs(run: Run) -> Dict[str, Any]:
    """Fit two epochs of eight batches, the last of them shorter, with default arguments."""
    loader = Numbered(run.log, 8, slow=SLOW, rows=1)
    with threads_before() as new_threads:
        run.fit(loader, epochs=2, slow=_lingering(LATE[run.turn % len(LATE)]))
        left = [*threads_left(new_threads), *children_left()]
    calls = run.log.events("end hook")
    reads = len(run.log.events("read")) - 16
    return {
        "hook.end.calls": len(calls),
        "hook.end.before-first-epoch": _before(run, "end hook"),
        "hook.end.thread": " and ".join(sorted({call["where"] for call in calls}))
        or "never called",
        "hook.begin.exists": len(run.log.events("begin hook")),
        "epochs.served": [_one(epoch) for epoch in run.consumed(what="hooks")],
        "epochs.produced-and-thrown-away": "none" if reads <= 2 else "many batches",  # noqa: PLR2004
        "order.shuffled-by-default": _order(run.consumed()),
        "tail.delivered": [sum(epoch) for epoch in run.consumed(what="rows")],
        "stall.at-epoch-end": "waits for seconds" if _pause(run) > WAIT_SECONDS else "goes on",
        "workers.leak": " and ".join(left) or "nothing",
    }


@probe("hook.end.slow-steps", settings=("threads", "processes"), repeats=2)
def slow_steps(run: Run) -> Any:
    """Count the calls in two epochs when the model is slower than the loader."""
    run.fit(Numbered(run.log, 6), epochs=2, slow=lambda: time.sleep(0.1))
    return len(run.log.events("end hook"))


@probe("hook.end.stopped-epoch")
def stopped(run: Run) -> Any:
    """Count the calls after the epoch began, when training is stopped in its middle."""

    class Stop(run.keras.callbacks.Callback):  # type: ignore[name-defined]
        """Stops after the second batch."""

        def on_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            """Stop."""
            if batch == 1:
                self.model.stop_training = True

    run.fit(Numbered(run.log, 6), epochs=3, callbacks=[Stop()])
    begun = next(event["at"] for event in run.log.events("epoch"))
    return len([call for call in run.log.events("end hook") if call["at"] > begun])


@probe("hook.begin.before-reads", settings=WORKERS)
def begin_first(run: Run) -> Any:
    """Tell whether anything of the first epoch is read before its on_epoch_begin."""
    run.fit(Numbered(run.log, 6, slow=SLOW), shuffle=False)
    begins, reads = run.log.events("begin hook"), run.log.events("read")
    if not begins:
        return "never called"
    return "read before" if reads[0]["at"] < begins[0]["at"] else "hook first"


@probe("peek.items", settings=("alone", "threads"), repeats=2)
def peek(run: Run) -> Any:
    """Return the items that are read oftener than once in one epoch of an ordinary model."""
    run.fit(Numbered(run.log, 6, slow=SLOW), model=run.ordinary_model(), shuffle=False)
    read = Counter(event["index"] for event in run.log.events("read"))
    extra = sorted((read - Counter(range(6))).elements())
    return extra if len(extra) <= 2 else "a queue full"  # noqa: PLR2004


def _lingering(late: FrozenSet[int]) -> Callable[[], None]:
    """Return what to call after each step, to stay a while after these."""
    steps = itertools.count(1)
    return lambda: time.sleep(LATE_SECONDS if next(steps) in late else 0)


def _before(run: Run, what: str) -> str:
    """Tell whether something happened before the framework said that the first epoch begins."""
    first, events = run.log.events("epoch")[0], run.log.events(what)
    return "yes" if events and events[0]["at"] < first["at"] else "no"


def _one(values: List[int]) -> Any:
    """Return the one value that all have, or all values in order."""
    distinct = sorted(set(values))
    return distinct[0] if len(distinct) == 1 else distinct


def _order(epochs: List[List[int]]) -> str:
    if any(epoch == sorted(epoch) for epoch in epochs):
        return "as indexed" if epochs[0] == epochs[1] else "one epoch as indexed"
    return "shuffled once" if epochs[0] == epochs[1] else "shuffled anew each epoch"


def _pause(run: Run) -> float:
    """Return the seconds from the last step of the first epoch to the first of the second."""
    second = run.log.events("epoch")[1]["at"]
    steps = [event["at"] for event in run.log.events("train")]
    return float(min(at for at in steps if at > second) - max(at for at in steps if at < second))
