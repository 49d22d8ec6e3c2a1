"""What reaches the caller of an error in a loader, and what does not."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any, Dict, Optional

from refloader.frameworks.facts.loaders import Numbered, batch
from refloader.frameworks.facts.probe import WORKERS, probe
from refloader.frameworks.facts.run import Run, named, told

TEXT = "sample 3.jpg is broken"


class Failing(Numbered):
    """The fourth batch cannot be made."""

    def item(self, index: int) -> Any:
        """Raise for the fourth."""
        if index == 3:  # noqa: PLR2004
            raise KeyError(TEXT)
        return super().item(index)


class FailingHook(Numbered):
    """The end of an epoch cannot be prepared for the next."""

    def on_epoch_end(self) -> None:
        """Raise."""
        raise KeyError(TEXT)


class Nothing(Numbered):
    """The fourth batch is None, as of a loader that skips a bad batch."""

    def item(self, index: int) -> Any:
        """Return None for the fourth."""
        return None if index == 3 else batch(index)  # noqa: PLR2004


class Deadly(Numbered):
    """The fourth batch costs its worker its life, as the kernel does when memory runs out."""

    def item(self, index: int) -> Any:
        """End the process."""
        in_worker = multiprocessing.current_process().name != "MainProcess"
        if index == 3 and in_worker:  # noqa: PLR2004
            os.kill(os.getpid(), signal.SIGKILL)
        return super().item(index)


@probe("error.in-worker", "error.type-kept", settings=WORKERS, repeats=2)
def item_error(run: Run) -> Dict[str, Any]:
    """Let the fourth batch raise a KeyError."""
    error = run.outcome(run.either(Failing(run.log, 6)), epochs=2, shuffle=False)
    return {
        "error.in-worker": "goes on" if error is None else "raised",
        "error.type-kept": _kept(error),
    }


@probe("error.in-hook", settings=("alone", "threads"))
def hook_error(run: Run) -> Any:
    """Let on_epoch_end raise a KeyError."""
    error = run.outcome(FailingHook(run.log, 4), epochs=2)
    if error is None:
        return "goes on"
    return "raised" if TEXT in told(error) else f"{named(error)} without its text"


@probe("batch.none", settings=("alone", "threads"))
def none(run: Run) -> Any:
    """Let the fourth batch of six be None."""
    error = run.outcome(run.either(Nothing(run.log, 6)), shuffle=False)
    if error is not None:
        return named(error)
    return {"trains on": run.consumed()[0]}


# Keras 2.2.5 to 2.3 give up waiting for a worker after 30 seconds, and read in its place.
@probe("worker.death", settings=("processes",), patience=50.0)
def death(run: Run) -> Any:
    """Kill the worker process that makes the fourth batch."""
    return named(run.outcome(run.either(Deadly(run.log, 6)), shuffle=False))


def _kept(error: Optional[BaseException]) -> str:
    """Tell what became of KeyError(TEXT)."""
    if error is None:
        return "no error"
    text = "with" if TEXT in str(error) else "chained to" if TEXT in told(error) else "without"
    return f"{named(error)} {text} its text"
