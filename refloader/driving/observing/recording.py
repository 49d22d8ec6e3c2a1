"""How a drive writes its ledger."""

from __future__ import annotations

import linecache
import threading
import traceback
from dataclasses import replace
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.observing.nest import digest
from refloader.driving.observing.observe import Identify, observe, standardised_alone
from refloader.driving.relabelling import TELLING

#: Called after every event, so that a watcher sees that the drive goes on.
Tick = Callable[[], None]
# Who meets something that is not as it should be in these has not looked at it before.
LIBRARIES = frozenset(
    ("numpy", "pandas", "PIL", "sklearn", "scipy", "keras", "tensorflow", "torch")
)
# Batches whose bytes are looked at again at the end of a drive: enough for any queue.
KEPT = 16


def no_progress() -> None:
    """Report progress to nobody."""


class Recording:
    """Collects the events, lengths and facts of one drive.

    tick -- called after every event, so that a watcher sees that the drive goes on
    """

    def __init__(
        self,
        driver: str,
        scenario: Scenario,
        identify: Optional[Identify] = None,
        tick: Tick = no_progress,
    ) -> None:
        self.driver = driver
        self.scenario = scenario
        alike = getattr(identify, "alike", {})
        self.facts: Dict[str, Any] = {"alike": alike} if alike else {}
        self.build_error: Optional[str] = None
        self.identify = identify
        self.threads = threading.active_count()  # which are no loader's
        self.tick = tick
        self._events: List[Event] = []
        self._kept: List[Tuple[int, Any]] = []
        self._lengths: List[Tuple[str, str, Optional[int]]] = []

    def read(self, phase: str, epoch: int, index: Optional[int], take: Callable[[], Any]) -> Any:
        """Take one batch and enter it, or the error it raised; return the batch, None on error.

        StopIteration passes through where the next batch is taken: it is an answer there.
        """
        try:
            raw = take()
        except StopIteration as stop:
            if index is None:
                raise
            self._enter(failed(phase, epoch, index, stop))
            return None
        except Exception as error:  # noqa: BLE001 - whatever a loader raises belongs in the ledger
            self._enter(failed(phase, epoch, index, error))
            # An error that is raised out of a local variable keeps its frames, and what is in them, until
            # memory is collected: the iterator of torch's DataLoader waits ten seconds for its workers then.
            traceback.clear_frames(error.__traceback__)
            return None
        self.deliver(phase, epoch, index, raw)
        return raw

    def read_index(self, phase: str, epoch: int, index: int, subject: Any) -> Any:
        """Read one batch of a subject by its index, and enter it as `read` does."""
        return self.read(phase, epoch, index, lambda: subject.read(index))

    def deliver(self, phase: str, epoch: int, index: Optional[int], raw: Any) -> None:
        """Enter a batch that has arrived."""
        batch = observe(raw, self.identify)
        if len(self._kept) < KEPT:
            self._kept.append((len(self._events), raw))
        if self.scenario.n == 1 and self.identify is None:
            batch = standardised_alone(batch)
        self._enter(Event(phase, epoch, index, batch))

    def length(self, moment: str, ask: Callable[[], Any]) -> None:
        """Enter the answer to len(), whatever it is."""
        try:
            answer = ask()
        except Exception as error:  # noqa: BLE001 - a failing len() is an answer too
            self._lengths.append((moment, f"an error: {describe(error)}", None))
            return
        whole = isinstance(answer, (int, np.integer)) and not isinstance(answer, bool)
        self._lengths.append((moment, repr(answer), int(answer) if whole else None))

    def look_again(self) -> None:
        """Take the digests of the kept batches once more: they must not have changed."""
        for place, raw in self._kept:
            event = self._events[place]
            if event.batch is not None:
                batch = replace(event.batch, digest_later=digest(raw))
                self._events[place] = replace(event, batch=batch)
        self._kept = []

    def add(self, events: List[Event]) -> None:
        """Enter events that were recorded elsewhere."""
        self._events += events
        self.tick()

    def join(self, other: Ledger) -> None:
        """Enter what was recorded elsewhere, lengths and an error of the factory among it."""
        self._lengths += other.lengths
        self.build_error = self.build_error or other.build_error
        self.add(list(other.events))

    def ledger(self) -> Ledger:
        """Return what was recorded."""
        return Ledger(
            self.driver,
            self.scenario,
            tuple(self._events),
            tuple(self._lengths),
            self.build_error,
            self.facts,
        )

    def _enter(self, event: Event) -> None:
        self._events.append(event)
        self.tick()


def failed(phase: str, epoch: int, index: Optional[int], error: BaseException) -> Event:
    """Return the event of a read that raised."""
    return Event(phase, epoch, index, error=describe(error), error_type=error_type(error))


def error_type(error: BaseException) -> str:
    """Return the type of an error; a subclass of IndexError counts as IndexError."""
    return "IndexError" if isinstance(error, IndexError) else type(error).__name__


def describe(error: BaseException) -> str:
    """Return type and text of an error, with its notes, and of what caused it, on one line."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    # Notes (PEP 678) are shown by every traceback, and are pickled with the error.
    words = " ".join((_text(error), *map(str, getattr(error, "__notes__", ())))).split()
    text = ": ".join(filter(None, [type(error).__name__, " ".join(words)]))
    return f"{text} (from {describe(cause)})" if cause is not None else text


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as another:  # noqa: BLE001 - it is code of the loader's
        return f"(asked for its text, it raises {type(another).__name__})"


def is_refusal(error: BaseException) -> bool:
    """Say whether an error was raised by a `raise` of the loader's or its library's own, in its own words.

    Not by Python, NumPy or the like, at something that was not looked at before.
    """
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return False
    innermost, line = frames[-1]
    library = str(innermost.f_globals.get("__name__")).split(".")[0]
    written = linecache.getline(innermost.f_code.co_filename, line)
    return library not in LIBRARIES and written.lstrip().startswith("raise ")


def note_samples(recording: Recording, samples: Samples) -> None:
    """Note in the ledger what each sample's label and weight are."""
    used = "weights" in samples.used
    # Each asking draws labels and weights anew.
    truth = samples.truth
    recording.facts["labels_asked"] = bool(TELLING.intersection(samples.used))
    recording.facts["own_identify"] = recording.identify is not None
    recording.facts["labels"] = truth.labels.tolist()
    recording.facts["weights_used"] = used
    recording.facts["weights"] = truth.weights.tolist()
