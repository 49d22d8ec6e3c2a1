"""Chapter faults: what is bad ends as declared, in the open."""

from __future__ import annotations

from typing import Optional

from refloader.contract.drives import (
    BAD_FILES,
    BAD_SHARDS,
    BROKEN_FIT,
    EMPTY,
    EPOCHS,
    INTERRUPTED,
    OWN_WORKERS,
)
from refloader.contract.exemptions import COUNTED, FILES
from refloader.contract.judging.bad_ranks import blank_of_ranks, not_masked_by_ranks
from refloader.contract.judging.broken_off import otherwise
from refloader.contract.judging.damage import (
    LAST_EPOCH,
    names_damaged,
    not_masked,
    not_raised,
    not_skipped,
)
from refloader.contract.judging.in_its_place import silently_filled
from refloader.contract.judging.questions import (
    errors,
    missing,
    quote,
    real_rows,
    repeated,
    samples,
    spared,
)
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

RAISED = unless("on_bad_sample", "raise", because="a bad sample ends no training, by declaration")
BATCHED = unless("kind", "sequence", "generator", because="arrays have no workers")
# Errors that speak of the loader's inside, not of what was wrong with what it was given.
UNCLEAR = ("ZeroDivisionError", "IndexError", "KeyError", "AttributeError", "TypeError",
           "StopIteration", "UnboundLocalError")  # fmt: skip
# What Python makes of a StopIteration that is raised inside a generator.
_INSIDE_OUT = "generator raised StopIteration"


@requirement(
    "faults.bad-sample",
    statement="An unreadable sample is handled as declared (raise, skip or mask); an error names the sample, "
    "by path or id, and can be pickled; only the batch that holds it raises, again at each read; with skip "
    "only one that holds nothing else. A plain generator, which Python ends with its error, may end there.",
    reason="One file in a million is bad. Without its name the run dies and nobody knows why; handled in "
    "another way than was declared, data is lost in silence. Who catches the error and reads on, as a worker "
    "that is asked for the next batch does, then has another data set.",
    fix="Catch the decoder's error and raise one that names the path, or do what on_bad_sample says. Change "
    "nothing in the loader when a read fails: no sample is taken out, no pool is shut; raise what was met in "
    "reading ahead when its own batch is asked for. An exception class of your own passes all that it is "
    "called with on to `super().__init__`: without, no process can unpickle it.",
    drives=(BAD_FILES, BAD_SHARDS),
    needs=("a batch",),
    incidents=("keras-yolo2#192", "keras#6304", "keras#19026", "keras#8686"),
    exempt=(FILES,),
)
def bad_sample(ledger: Ledger, policy: Policy) -> Optional[str]:
    """The damaged file is reported, left out or masked, and no other sample goes with it."""
    if ledger.driver == BAD_SHARDS:
        return not_masked_by_ranks(ledger, policy)
    if ledger.facts.get("unlisted"):
        return None
    # Who looks at all files when it is built can do no more about one that is damaged later than say so.
    if policy.on_bad_sample == "raise" or ledger.facts.get("left out when built"):
        return not_raised(ledger, policy)
    judge = {"skip": not_skipped, "mask": not_masked}[policy.on_bad_sample]
    later = [phase for phase in ("next epoch", LAST_EPOCH) if ledger.phase(phase)]
    return next(filter(None, (judge(ledger, policy, phase) for phase in ["epoch", *later])), None)


@requirement(
    "faults.no-silent-blank",
    statement="An unreadable sample never becomes a blank or stale row with an ordinary label and weight.",
    reason="A black picture labelled 'cat' is learnt as a cat; no log line undoes that.",
    fix="Do not swallow the decoder's error: raise it, leave the row out, or give it weight 0.",
    drives=(BAD_FILES, BAD_SHARDS),
    needs=("a batch",),
    incidents=("keras-yolo2#192", "darknet#2629", "GAN-weight-norm#1"),
    exempt=(FILES,),
)
def no_silent_blank(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No row with weight stands where the damaged file's row would be, nor when it is read again."""
    if ledger.driver == BAD_SHARDS:
        return blank_of_ranks(ledger, policy)
    phases = ("epoch", "again", "next epoch", LAST_EPOCH)
    return next(filter(None, (silently_filled(ledger, policy, phase) for phase in phases)), None)


@requirement(
    "faults.surfaces-in-fit",
    statement="An error in a worker ends fit with that error; it does not hang.",
    reason="A run that stands still over night, or ends with an error about a queue, tells nobody which "
    "file to look at.",
    fix="Raise the error from `__getitem__`, with the path in its text and nothing unpicklable in it; do not "
    "turn it into StopIteration.",
    drives=(BROKEN_FIT,),
    needs=(),
    incidents=("keras#6304", "keras#8365", "prednet#34", "Mask_RCNN#257"),
    exempt=(FILES, RAISED),
)
def surfaces_in_fit(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Training over a damaged file raises an error that names it."""
    told = ledger.build_error or ledger.facts.get("error")
    if not told:
        # Who had read the file before it was damaged, and kept what was in it, needs it no more.
        seen = any(ledger.facts["bad"] in batch.ids for batch in ledger.batches())
        return None if seen else f"{ledger.damage}, and fit ends without an error"
    if not names_damaged(told, ledger):
        return f"{ledger.damage}; the error of fit names neither its path nor its id: {told}"
    return None


@requirement(
    "faults.worker-death",
    level="SHOULD",
    statement="Killing the worker processes of the loader's own ends in an error, or in recovery without loss "
    "or repeat; never in a hang.",
    reason="Systems kill processes that take too much memory. A pool that puts another in its place has lost "
    "the task, and whoever waits for the answer waits for ever.",
    fix="Wait for the worker's end beside its answer (its `sentinel`); concurrent.futures does, "
    "multiprocessing.Pool does not. What Keras' own pools do is a fact of the release: worker.death.",
    drives=(OWN_WORKERS,),
    needs=(),
    only_where="worker processes of its own",
    incidents=("keras#11521",),
    exempt=(BATCHED, COUNTED),
)
def worker_death(ledger: Ledger, policy: Policy) -> Optional[str]:
    """After the kill everything is delivered once, or an error says that something is wrong."""
    if not ledger.facts.get("killed") or errors(ledger.phase("epoch")):
        return None
    rows = real_rows(ledger.phase("epoch"), ledger, policy)
    lost, twice = missing(rows, ledger.scenario.n), repeated(rows)
    if twice:
        return f"after its workers were killed sample {twice[0][0]} comes {twice[0][1]} times"
    if len(lost) > spared(ledger, policy):
        return f"after its workers were killed {samples(lost)} never come, and no error says so"
    return None


@requirement(
    "faults.interrupt",
    statement="An interrupt (Ctrl-C) that comes while a batch is read ends the read: it is not swallowed, "
    "and a batch that is read again after it has the samples and labels that it has otherwise.",
    reason="Ctrl-C that is taken for a bad file stops nothing, and the batch lacks a good sample. Who stops a "
    "training kills it then, and nothing is saved. "
    "In a notebook `fit` is called again: a cache that was marked as filled before it was, or an answer of a "
    "worker that nobody took, is then trained on.",
    fix="Write `except Exception`, not a bare `except:`; let KeyboardInterrupt pass, or raise it again after "
    "cleaning up; no `return` or `continue` in a `finally`; leave the handler of SIGINT alone. "
    "Note that something is done when it is done, and ask workers by a number that comes back with the answer.",
    drives=(INTERRUPTED,),
    needs=("two batches",),
    incidents=("cascade#307", "6-PACK#3", "asammdf#1215"),
    exempt=(BATCHED,),
)
def interrupt(ledger: Ledger, policy: Policy) -> Optional[str]:
    """No read goes on after an interrupt where an error is caught, and none is set to ignore it."""
    place, handler, deaf = map(ledger.facts.get, ("swallowed", "ignored_by", "deaf_at"))
    if handler:
        return f"once it is built and read, Ctrl-C ends nothing: {handler} takes it, and raises no error"
    if deaf:
        return f"while a batch is read, Ctrl-C ends nothing: before {deaf} it is ignored"
    if place:
        return f"an interrupt before {place} is swallowed: the read goes on"
    spoilt = ledger.facts.get("spoilt")
    return otherwise(*spoilt) if spoilt else None


@requirement(
    "faults.empty",
    statement="No samples: a clear error when the loader is built, or length 0; no division error, no hang.",
    reason="An empty folder or filter is usual; the error should say so, not speak of zero division.",
    fix="Check for an empty list first and raise ValueError('no samples in ...').",
    drives=(EMPTY,),
    needs=("no samples",),
    incidents=("UC-Merced#2", "python4deepimagej#3", "BossSensor#16"),
)
def empty(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Building over nothing is refused in words, or gives a loader of no batches."""
    if ledger.build_error:
        kind, _, words = ledger.build_error.partition(":")
        refused = kind not in UNCLEAR or ledger.facts.get("refused in words")
        return None if refused and words.strip() else f"the factory raised {ledger.build_error}"
    for moment, shown, number in ledger.lengths:
        if number != 0:
            return f"len() {moment} is {shown}; 0, or an error when built, was due"
    if ledger.facts.get("endless"):
        return f"iterating over no samples goes on after {ledger.facts['endless']} batches"
    for event in ledger.events:
        if event.batch is not None:
            return f"over no samples it delivers a batch of {len(event.batch.ids)} rows"
        if event.error_type in UNCLEAR or _INSIDE_OUT in (event.error or ""):
            return f"iterating over no samples raised {event.error}"
    return None


@requirement(
    "faults.small",
    statement="n < batch_size gives what the tail policy says, and never a silent length of 0 unless the "
    "tail is dropped by declaration.",
    reason="A validation set smaller than one batch then validates nothing, and says nothing.",
    fix="Round the number of batches up.",
    drives=(EPOCHS,),
    needs=("n < batch_size",),
    incidents=("imbalanced-learn#1204", "char-rnn-tensorflow#25"),
)
def small(ledger: Ledger, policy: Policy) -> Optional[str]:
    """A data set smaller than one batch is delivered, unless dropping it was declared."""
    small_set = 0 < ledger.scenario.n < ledger.scenario.batch_size
    if not small_set or policy.tail == "drop" or policy.sampling == "with-replacement":
        return None
    if ledger.build_error:
        return f"the factory raised {ledger.build_error}"
    if ledger.batches("epoch"):
        return None
    raised = errors(ledger.phase("epoch"))
    return (
        f"no batch is delivered: {quote(raised[0])}"
        if raised
        else "no batch is delivered, and nothing says so"
    )
