"""Drives in which a loader's position is saved, and a new loader goes on from it."""

from __future__ import annotations

import collections
import contextlib
import pickle
from itertools import islice
from typing import Any, Iterator, List, Optional, Tuple

from refloader.contract.chapters.resume import (
    ANEW,
    AS_RANK,
    BACK,
    BESIDE,
    ENDED,
    TWICE,
    Point,
    place,
)
from refloader.contract.drives import RESHARDED, RESUMED
from refloader.contract.ledger import Event, Ledger, Scenario
from refloader.driving.data.samples import Samples
from refloader.driving.drives.bad_files import do_harm, truncate
from refloader.driving.drives.direct import TOO_MANY, drive, read_epochs, steps_of
from refloader.driving.observing.blank_rows import beside_bad_files
from refloader.driving.observing.recording import Recording, Tick, failed
from refloader.driving.processes.elsewhere import elsewhere
from refloader.driving.subject import Bench, Subject

#: Epochs that are read to their end after the one in which the position was saved.
AFTERWARDS = 2
#: Where a loader is saved that was itself restored: a batch earlier, and just there.
AGAIN, AT_ONCE = (0, 2), (0, 1)
#: An epoch past what a list of orders for the first few knows.
LATE = (12, 1)
WORLDS = (2, 3)
#: Where one of several ranks is saved.
OF_RANKS = (AT_ONCE, (2, 1))
#: The first bad file and the distance to the next: hardly ever all of a batch, which no loader delivers, and so
#: many that a number of rows tells no number of batches.
FIRST_BAD, NEXT_BAD = 1, 4


def points(steps: int, kind: str = "sequence") -> List[Point]:
    """Return where to save: (epoch, batches of it that were taken), each once."""
    chosen = [AT_ONCE, (0, steps - 1), (0, steps), (1, 0), (1, steps // 2), (2, 1), LATE]
    ended = [ENDED] if kind != "generator" else []
    return [*dict.fromkeys(point for point in chosen if 0 <= point[1] <= steps), *ended]


def resumed(bench: Bench, scenario: Scenario, tick: Tick, fresh: bool) -> Ledger:  # noqa: FBT001
    """Save after some batches, read on, and let a new loader read on from what was saved."""
    with drive(RESUMED, bench, scenario, tick) as (recording, subject, samples):
        steps = steps_of(subject) if subject is not None else 0
        places = points(steps, bench.policy.kind)[: 1 if fresh else None] if steps else []
        recording.facts["points"] = places
        for point in places:
            _save_and_restore(recording, bench, samples, point, fresh=fresh)
        if not fresh and steps > AGAIN[1]:
            recording.facts["points"] = [*places, AGAIN]
            for point in (AGAIN, AT_ONCE):
                restored = [bench.build(samples, scenario) for _ in range(3)]
                _restore_again(recording, restored, point)
            _roll_back(recording, bench.build(samples, scenario))
            _restore_twice(recording, [bench.build(samples, scenario) for _ in range(3)])
        if places and not fresh:
            _restore_ranks(recording, bench, samples)
            _restore_beside_bad_files(recording, bench, samples)
    return recording.ledger()


@contextlib.contextmanager
def _noting(recording: Recording, phase: str, epoch: int) -> Iterator[None]:
    """Enter what saving and restoring raise: it is judged."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - any
        recording.add([failed(phase, epoch, None, error)])


def _save_and_restore(
    recording: Recording,
    bench: Bench,
    samples: Samples,
    point: Point,
    how: str = "",
    *,
    shard: Tuple[int, int] = (0, 1),
    fresh: bool = False,
) -> None:
    due = saved_at(point, how)
    with _noting(recording, due, point[0]):
        first = bench.build(samples, recording.scenario, shard=shard)
        state = _read_and_save(recording, first, point, due)
        if fresh:
            _restore_elsewhere(recording, bench, state, point)
        else:
            second = bench.build(samples, recording.scenario, shard=shard)
            _restore(recording, second, state, point, restored_at(point, how))


def _restore_ranks(recording: Recording, bench: Bench, samples: Samples) -> None:
    """Save and restore the last of two ranks, and of three, as each does when all go on."""
    for shard, how in AS_RANK.items() if bench.policy.shards else ():
        if steps_of(bench.build(samples, recording.scenario, shard=shard)):
            for point in OF_RANKS:
                _save_and_restore(recording, bench, samples, point, how, shard=shard)


def _restore_beside_bad_files(recording: Recording, bench: Bench, samples: Samples) -> None:
    """Save and restore where files are bad and training goes on: rows that are left out, or weigh nothing."""
    if bench.policy.on_bad_sample == "raise" or not samples.asked_for_files:
        return
    # Before it is built: some look at all files then, and can do no more about them later.
    do_harm(samples, range(FIRST_BAD, len(samples), NEXT_BAD), truncate)
    try:
        steps = steps_of(bench.build(samples, recording.scenario))
    except Exception:  # noqa: BLE001 - what is raised at bad files is judged elsewhere
        return
    beside = Recording(
        RESUMED, recording.scenario, beside_bad_files(bench.identify), recording.tick
    )
    # Not the last batch, which may have one row.
    places = [(0, max(1, steps - 2)), (1, steps // 2)] if steps else []
    for point in places:
        _save_and_restore(beside, bench, samples, point, BESIDE)
    recording.facts["points"] = [*dict.fromkeys([*recording.facts["points"], *places])]
    recording.add(list(beside.ledger().events))


def _restore_again(recording: Recording, subjects: List[Subject], point: Point) -> None:
    """Save, restore, take a batch or none, save, restore: the second state counts from the beginning too."""
    first, second, third = subjects
    due = saved_at(point, ANEW)
    with _noting(recording, due, 0):
        going_on, batches = first, _one_pass(first)
        next(batches)
        second.loader.load_state_dict(pickle.loads(pickle.dumps(first.loader.state_dict())))  # noqa: S301
        if point == AGAIN:
            going_on, batches = second, _one_pass(second, 1)
            next(batches)
        state = pickle.dumps(second.loader.state_dict())
        _read_on(recording, going_on, batches, point, due)
        _restore(recording, third, state, point, restored_at(point, ANEW))


def _roll_back(recording: Recording, subject: Subject) -> None:
    """Save, read on into later epochs, and restore in that same loader, as after a loss that exploded."""
    due = saved_at(AT_ONCE, BACK)
    with _noting(recording, due, AT_ONCE[0]):
        state = _read_and_save(recording, subject, AT_ONCE, due)
        # Of a stream the batches are taken anew: what was under way may be one that is over.
        again = Subject(subject.loader, subject.scenario, subject.policy)
        _restore(recording, again, state, AT_ONCE, restored_at(AT_ONCE, BACK))


def _restore_twice(recording: Recording, subjects: List[Subject]) -> None:
    """Restore what was saved in one loader, read on in it, and restore that same state in another one."""
    first, second, third = subjects
    due = saved_at(AT_ONCE, TWICE)
    with _noting(recording, due, AT_ONCE[0]):
        state = pickle.loads(_read_and_save(recording, first, AT_ONCE, due))  # noqa: S301 - pickled above
        second.loader.load_state_dict(state)
        _read_whole(second, AFTERWARDS)
        _restore(recording, third, pickle.dumps(state), AT_ONCE, restored_at(AT_ONCE, TWICE))


def saved_at(point: Point, how: str = "") -> str:
    """Name what follows a position in the loader that was saved there."""
    return f"saved {how}{place(point)}"


def restored_at(point: Point, how: str = "") -> str:
    """Name what follows a position in a loader that was restored there."""
    return f"restored {how}{place(point)}"


def _read_and_save(recording: Recording, subject: Subject, point: Point, due: str) -> bytes:
    """Read up to a position, save there, read on; return what was saved, as it is afterwards."""
    epoch, taken = point
    _read_whole(subject, epoch)
    subject.hook("on_epoch_begin")
    batches = _one_pass(subject)
    for _ in islice(batches, taken):
        pass
    state = subject.loader.state_dict()
    _read_on(recording, subject, batches, point, due)
    # Only now: a state that is the loader's own dictionary has moved on with it.
    return pickle.dumps(state)


def _read_whole(subject: Subject, epochs: int) -> None:
    """Read so many epochs to their ends, with their hooks."""
    for _ in range(epochs):
        subject.hook("on_epoch_begin")
        collections.deque(_one_pass(subject), maxlen=0)
        subject.hook("on_epoch_end")


def _restore(
    recording: Recording, subject: Subject, state: bytes, point: Point, phase: str
) -> None:
    with _noting(recording, phase, point[0]):
        subject.loader.load_state_dict(pickle.loads(state))  # noqa: S301 - pickled above
        _read_on(recording, subject, _one_pass(subject, point[1]), point, phase)


def _restore_elsewhere(recording: Recording, bench: Bench, state: bytes, point: Point) -> None:
    answer = elsewhere(restore_and_read, bench, recording.scenario, state, point)
    if isinstance(answer, str):
        answer = [Event(restored_at(point), point[0], None, error=answer, error_type="Died")]
    recording.add(answer)


def restore_and_read(bench: Bench, scenario: Scenario, state: bytes, point: Point) -> List[Event]:
    """Build a loader, restore it and read on (run in a fresh process)."""
    recording = Recording("fresh process", scenario, bench.identify)
    with bench.samples(scenario) as samples:
        _restore(recording, bench.build(samples, scenario), state, point, restored_at(point))
    return list(recording.ledger().events)


def _read_on(
    recording: Recording,
    subject: Subject,
    batches: Iterator[Any],
    point: Point,
    phase: str,
) -> None:
    epoch, taken = point
    whole = taken in (None, steps_of(subject))
    # What was saved at the very end of an epoch may go on with the next one at once.
    if _record(recording, batches, phase, epoch + whole) and whole:
        epoch += 1
    for later in range(epoch + 1, point[0] + 1 + AFTERWARDS):
        subject.hook("on_epoch_end")
        subject.hook("on_epoch_begin")
        _record(recording, _one_pass(subject), phase, later)


def _record(recording: Recording, batches: Iterator[Any], phase: str, epoch: int) -> int:
    """Enter all these batches, and return how many they are."""
    entered = 0
    with contextlib.suppress(StopIteration):
        while recording.read(phase, epoch, None, lambda: next(batches)) is not None:
            entered += 1
    return entered


def _one_pass(subject: Subject, taken: Optional[int] = 0) -> Iterator[Any]:
    """Return the batches of an epoch, as plain iteration gives them; `taken` were so before."""
    if subject.policy.kind == "generator":
        return islice(subject.stream(), subject.steps() - (taken or 0))
    return islice(iter(subject.loader), steps_of(subject) + TOO_MANY)


def resharded(bench: Bench, scenario: Scenario, tick: Tick) -> Ledger:
    """Save at the end of an epoch of two ranks, and go on with three."""
    before, after = WORLDS
    with drive(RESHARDED, bench, scenario, tick) as (recording, _, samples):
        recording.facts.update(before=before, world=after)
        ranks = [bench.build(samples, scenario, shard=(rank, before)) for rank in range(before)]
        for rank, subject in enumerate(ranks):
            read_epochs(recording, subject, f"rank {rank} of {before}", range(1))
        with _noting(recording, "rank 0", 1):
            state = pickle.dumps(ranks[0].loader.state_dict())
            for rank in range(after):
                subject = bench.build(samples, scenario, shard=(rank, after))
                subject.loader.load_state_dict(pickle.loads(state))  # noqa: S301 - from above
                for epoch in range(1, scenario.epochs):
                    subject.hook("on_epoch_begin")
                    # Not by index: where it goes on is known to its iteration.
                    _record(recording, _one_pass(subject), f"rank {rank}", epoch)
                    subject.hook("on_epoch_end")
    return recording.ledger()
