"""Chapter resources: what a loader takes from the process it gives back."""

from __future__ import annotations

from typing import Dict, List, Optional

from refloader.contract.drives import (
    BAD_FILES,
    EPOCHS,
    INTERLEAVED,
    ITERATION,
    PICKLING,
    RESOURCES,
)
from refloader.contract.judging.questions import doings
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

BATCHED = unless("kind", "sequence", "generator", because="arrays hold nothing but memory")
# Caches fill in the first epochs; what grows in each epoch after them goes on for ever.
WARM_EPOCHS = 3
# A tenth of the bytes of an epoch's batches, and a kilobyte: a number or a line of a log in each
# epoch is no leak, and the drive's own notes weigh some 350 bytes.
GROWTH_SHARE, GROWTH_BYTES = 0.1, 1024
# Of an epoch of 525 batches as many are in memory before they are taken: no bound is that wide.
AHEAD_SHARE = 0.5


@requirement(
    "resources.released",
    statement="After a whole epoch, an early break, an error and an interrupt no child process, thread, "
    "descriptor, shared memory or temporary file of a loader that is gone is left, nor the loader itself.",
    reason="A search over settings builds hundreds of loaders in one process. What each leaves behind ends "
    "in 'too many open files', or in a process that never exits; a loader that is never freed keeps its "
    "data set in memory.",
    fix="Close files in `with`; end threads and pools in a `finally` of the generator that started them, "
    "and let them hold no reference to the loader. functools.lru_cache on a method, atexit.register and "
    "weakref.finalize with a bound method and a list at module level keep every loader for ever: cache in "
    "the loader, and let them know only what is to be closed. Files that the factory itself makes of the "
    "samples belong into samples.folder.",
    drives=(RESOURCES,),
    needs=("two batches",),
    incidents=("keras#8665", "keras#8668", "keras#3601"),
    exempt=(BATCHED,),
)
def released(ledger: Ledger, policy: Policy) -> Optional[str]:
    """Each kind of thing is held no more often after the loader than before it."""
    for way, left in ledger.facts.get("left", {}).items():
        for kind, names in left.items():
            if names:
                return f"after {way}, {kind} are left ({len(names)}): {', '.join(names[:3])}"
    return None


@requirement(
    "resources.steady",
    level="SHOULD",
    statement="Memory, descriptors, threads and child processes do not grow from epoch to epoch, nor are as "
    "many files open as there are samples, nor have workers read half of a long epoch, that is let go of in "
    "the end, when its first batch is taken.",
    reason="What grows by a little in each epoch ends the run after days, at night, without a message. A queue "
    "without a bound is as large as the data set as soon as training is slower than reading.",
    fix="Give a queue its maxsize; `imap` and `Executor.map` take all that there is at once: submit a few "
    "batches, and one more for each that is taken. Look for lists that are appended to in `__getitem__`, "
    "files opened without `with`, and pools started in the epoch hook.",
    drives=(RESOURCES,),
    needs=("two batches",),
    incidents=("tf#30801", "tf#37026", "keras#10756", "keras#13261"),
    exempt=(BATCHED,),
)
def steady(ledger: Ledger, policy: Policy) -> Optional[str]:
    """After the first epochs nothing grows in each epoch; memory not by a share of the batches."""
    counts = ledger.facts.get("counts", [])
    for kind in counts[0] if counts[WARM_EPOCHS - 1 :] else ():
        growth = growth_of(kind, counts)
        allowed = GROWTH_SHARE * ledger.facts["epoch_bytes"] + GROWTH_BYTES
        # Something that is loaded once is no growth, though the drive's notes grow in each epoch.
        noted, least = (GROWTH_BYTES, allowed) if kind == "bytes" else (0, 0)
        if min(growth) > noted and sum(growth) > least * len(growth):
            what = "bytes of memory" if kind == "bytes" else kind
            return f"{sum(growth)} {what} more after {len(growth)} epochs, some in each of them"
    opened = ledger.facts.get("opened", 0)
    if opened >= ledger.scenario.n:
        return f"a loader of {ledger.scenario.n} samples keeps {opened} files open"
    return _read_ahead(*ledger.facts["ahead"]) if ledger.facts.get("ahead") else None


def _read_ahead(begun: int, ended: int, epoch: int) -> Optional[str]:
    """Tell of memory that most of an epoch is in, and that is free again once it was taken."""
    ahead = begun - ended
    if ahead <= AHEAD_SHARE * epoch:
        return None
    return (
        f"when the first batch of an epoch is taken {ahead:,} bytes are read ahead, of {epoch:,} that all its "
        "batches have: nothing bounds what waits in memory"
    )


def growth_of(kind: str, counts: List[Dict[str, int]]) -> List[int]:
    """Return how much more there is of one kind after each epoch but the first few."""
    later = counts[WARM_EPOCHS - 1 :]
    return [after[kind] - before[kind] for before, after in zip(later, later[1:])]


@requirement(
    "resources.process",
    level="SHOULD",
    statement="Building, reading, breaking off and pickling a loader, and a bad file, leave the process as it "
    "was: working directory, environment, umask, signal handlers, alarm and blocked signals, NumPy's error "
    "state and how it prints, how often threads take turns, recursion limit, what it may use at most "
    "(ulimit), whether garbage is collected, default socket timeout, level and handlers of the root "
    "logger, which log records are dropped, what is called for errors that nobody catches, settings of "
    "Keras, whether torch computes gradients, Pillow's limits, sys.path, standard output and error, "
    "warning filters, start method of processes, functions that another one is put in place of "
    "(np.load, the check of certificates), locale, CPU affinity, priority, options of pandas, folder "
    "of temporary files.",
    reason="They are everybody's. After an os.chdir no relative path is found any more, not even that of "
    "the checkpoints; CUDA_VISIBLE_DEVICES set to nothing or a gc.disable() in a loader costs the training "
    "hours, and with LOAD_TRUNCATED_IMAGES every other loader takes half a picture for a whole one.",
    fix="Put it back in a `finally`, or use what is meant for a while or for one: numpy.errstate, absolute "
    "paths, a logger of the module's own, the env= of a child process. What the whole program needs is set "
    "by the program.",
    drives=(EPOCHS, ITERATION, PICKLING, BAD_FILES, INTERLEAVED),
    needs=("two epochs",),
    exempt=(BATCHED,),
)
def process(ledger: Ledger, policy: Policy) -> Optional[str]:
    """What is set for the whole process is set alike before a loader is built and after it was read."""
    for things, doing in doings("process", ledger):
        return f"{doing} changed {' and '.join(things)}"
    return None
