"""Passive mode: a loader is watched in a training of its user's own, and judged by what it delivered.

Each process and thread that reads writes down what it got, in a file of its own; they are put
together when the training is over. So it works under every kind of worker.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from refloader.contract.ledger import Batch, Event, Leaf, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE
from refloader.contract.situations import unmet
from refloader.contract.verdict import FAIL, PASS, VACUOUS, Result, Witness
from refloader.driving.observing.content import Numbering, contents
from refloader.driving.observing.nest import arrays_of, parts_of, structure
from refloader.driving.observing.recording import describe, error_type
from refloader.errors import UsageError
from refloader.frameworks.bases import SequenceView
from refloader.reporting import jsonl
from refloader.reporting.report import Report

#: What a training that somebody ran can show; the rest needs drives of its own.
JUDGED = (
    "protocol.length",
    "protocol.structure",
    "protocol.dtypes",
    "coverage.no-loss",
    "coverage.no-repeat",
    "coverage.tail",
    "purity.repeatable",
    "shuffling.per-epoch",
    "shuffling.stable-when-off",
)
#: These compare what was read with what was read before: of what was read once they say nothing.
COMPARING = ("purity.repeatable", "shuffling.per-epoch", "shuffling.stable-when-off")
NO_EPOCH = "no epoch was read as a whole"


def watch(loader: Any, *, n: Optional[int] = None, **policy: Any) -> Watched:
    """Return a view of an indexable loader that notes what is read from it, for use in ``with``.

    loader -- a Sequence, PyDataset or any object with ``__getitem__`` and a length
    n -- samples in the data set; without it, as many as were delivered
    policy -- the fields of refloader.Policy

    Raises UsageError for an unknown field or value, and for a loader that has no index.
    """
    if not hasattr(type(loader), "__getitem__"):
        msg = f"only an indexable loader can be watched; {type(loader).__name__} has no index"
        raise UsageError(msg)
    if n is not None and (isinstance(n, bool) or not hasattr(n, "__index__") or n < 1):
        msg = f"n is the number of samples, a whole number of at least 1, not {n!r}"
        raise UsageError(msg)
    return Watched(loader, n, Policy.of(**policy))


class Watched(SequenceView):
    """A loader under watch: pass it to ``fit``, and read ``report`` after the ``with`` block."""

    def __init__(self, loader: Any, n: Optional[int], policy: Policy) -> None:
        super().__init__(loader)
        for setting in ("workers", "use_multiprocessing", "max_queue_size"):
            if hasattr(loader, setting):
                setattr(self, setting, getattr(loader, setting))
        self._n = n
        self._policy = policy
        self._folder = tempfile.mkdtemp(prefix="refloader-watched-")
        self._epoch = 0
        self._report: Optional[Report] = None

    def __enter__(self) -> Watched:  # noqa: PYI034 - Self is too new for Python 3.7
        """Return the view itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Judge what was read and remove the notes."""
        try:
            self._report = self._judged()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def report(self) -> Report:
        """What was read, judged; there once the ``with`` block has ended.

        Raises UsageError before.
        """
        if self._report is None:
            raise UsageError("the loader is still being watched: ask after the with block")
        return self._report

    def __getitem__(self, index: int) -> Any:
        """Return a batch of the loader, and note it."""
        try:
            raw = super().__getitem__(index)
        except Exception as error:
            self._note({"index": index, "error": describe(error), "error_type": error_type(error)})
            raise
        self._note({"index": index, "batch": _noted(raw)})
        return raw

    def on_epoch_end(self) -> None:
        """Call the loader's hook, and count the epoch."""
        super().on_epoch_end()
        self._epoch += 1

    def _note(self, what: Dict[str, Any]) -> None:
        name = f"{os.getpid()}-{threading.get_ident()}.jsonl"
        line = json.dumps({"epoch": self._epoch, **what})
        with Path(self._folder, name).open("a", encoding="utf-8") as notes:
            notes.write(line + "\n")

    def _judged(self) -> Report:
        notes = [note for file in sorted(Path(self._folder).iterdir()) for note in _read(file)]
        ledger = _ledger(notes, len(self), self._n)
        head = jsonl.header(type(self._loader).__name__, self._policy)
        return Report(head, [_result(slug, ledger, self._policy) for slug in JUDGED])


def _noted(raw: Any) -> Dict[str, Any]:
    leaves = [pair for name, part in parts_of(raw) for pair in arrays_of(part, name)]
    return {
        "structure": structure(raw),
        "leaves": [(name, str(array.dtype), list(array.shape)) for name, array in leaves],
        "contents": contents(raw),
    }


def _read(file: Path) -> Iterator[Dict[str, Any]]:
    with file.open(encoding="utf-8") as notes:
        for line in notes:
            yield json.loads(line)


class _Pass(NamedTuple):
    """The reads of one epoch: the first of each index, and those that came again."""

    firsts: Dict[int, Dict[str, Any]]
    again: List[Dict[str, Any]]


def _passes(notes: List[Dict[str, Any]]) -> Dict[int, _Pass]:
    passes: Dict[int, _Pass] = {}
    for note in notes:
        firsts, again = passes.setdefault(note["epoch"], _Pass({}, []))
        if note["index"] in firsts:
            again.append(note)
        else:
            firsts[note["index"]] = note
    return passes


def _ledger(notes: List[Dict[str, Any]], steps: int, n: Optional[int]) -> Ledger:
    """Put notes together: epochs that were read as a whole, and indexes that were read again."""
    passes = _passes(notes)
    whole = [number for number, one in sorted(passes.items()) if len(one.firsts) == steps > 0]
    ordered = {number: [passes[number].firsts[index] for index in range(steps)] for number in whole}
    numbering = Numbering([[*_contents(reads)] for reads in ordered.values()])
    events: List[Event] = []
    for reads in ordered.values():
        seen: Dict[str, int] = {}
        events += [_event("epoch", note, numbering, seen) for note in reads]
    for one in passes.values():
        for note in one.again:
            events.append(_event("forward", one.firsts[note["index"]], numbering, {}))
            events.append(_event("at once again", note, numbering, {}))
    rows = [len(event.ids) for event in events]
    scenario = Scenario(n or numbering.n, max(rows, default=1), epochs=len(whole))
    return Ledger("watched", scenario, tuple(events), (("at the end", str(steps), steps),))


def _contents(reads: List[Dict[str, Any]]) -> Iterator[str]:
    return itertools.chain.from_iterable(
        note["batch"]["contents"] for note in reads if "batch" in note
    )


def _event(phase: str, note: Dict[str, Any], numbering: Numbering, seen: Dict[str, int]) -> Event:
    place: Tuple[str, int, int] = (phase, note["epoch"], note["index"])
    if "batch" not in note:
        return Event(*place, error=note["error"], error_type=note["error_type"])
    batch = note["batch"]
    leaves = tuple(Leaf(name, dtype, tuple(shape)) for name, dtype, shape in batch["leaves"])
    ids = numbering.ids(batch["contents"], seen)
    return Event(
        *place, batch=Batch(batch["structure"], leaves, ids, digest=str(batch["contents"]))
    )


def _result(slug: str, ledger: Ledger, policy: Policy) -> Result:
    requirement = CATALOGUE[slug]
    reason = requirement.not_applicable(policy)
    if reason:
        return Result(slug, requirement.level, "not-applicable", reason=reason)
    if not ledger.phase("epoch"):
        return Result(slug, requirement.level, VACUOUS, reason=NO_EPOCH, of=1)
    text = requirement.said(ledger, policy)
    absent = unmet(requirement.needs, [ledger]) if slug in COMPARING else []
    if absent and not text:
        reason = f"never came up: {', '.join(absent)}"
        return Result(slug, requirement.level, VACUOUS, reason=reason, of=1)
    witness = Witness(text, ledger.scenario, ledger.driver) if text else None
    # It cannot be tried again with the reference loader: the data are its user's own.
    blame = "loader" if text else None
    return Result(slug, requirement.level, FAIL if text else PASS, blame, witness, ran=1, of=1)
