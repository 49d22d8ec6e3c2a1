"""The drive that damages an image file before or after the loader is built."""

from __future__ import annotations

import contextlib
import itertools
import pickle
from collections import defaultdict
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Tuple

from refloader.contract.drives import BAD_FILES
from refloader.contract.judging.damage import LAST_EPOCH, SENT
from refloader.contract.judging.questions import delivered, errors
from refloader.contract.ledger import Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.driving.data.samples import Samples
from refloader.driving.drives.direct import (
    built_anew,
    copied,
    read_epochs,
    steps_of,
    undisturbed,
    undone,
)
from refloader.driving.observing.blank_rows import beside_bad_files
from refloader.driving.observing.recording import Recording, Tick, describe, note_samples
from refloader.driving.subject import Bench, Subject
from refloader.driving.surroundings.global_random import seed_all


def truncate(path: Path) -> None:
    """Keep the first third of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 4 // 5])


def _fill_with_text(path: Path) -> None:
    path.write_text("this is no picture\n" * 20, encoding="utf-8")


def _blank(path: Path) -> None:
    path.write_bytes(b"")


def _make_folder(path: Path) -> None:
    """Put a folder in the place of a file: it cannot be read, by whoever asks, root included."""
    path.unlink()
    path.mkdir()


#: When the damage is done.
UNBUILT, BUILT, READ = "before the loader is built", "then", "after an epoch was read"
Damage = Callable[[Path], None]
#: What is done to the file, and when.
DAMAGES: Dict[str, Tuple[Damage, str]] = {
    "truncated": (truncate, BUILT),
    "cut short": (_cut_short, BUILT),
    "emptied": (_blank, BUILT),
    "overwritten with text": (_fill_with_text, BUILT),
    "removed": (Path.unlink, BUILT),
    "replaced by a folder": (_make_folder, BUILT),
    "truncated before the loader is built": (truncate, UNBUILT),
    "text with an image's name": (_fill_with_text, UNBUILT),
    "emptied before the loader is built": (_blank, UNBUILT),
    "removed before the loader is built": (Path.unlink, UNBUILT),
    "truncated after an epoch was read": (truncate, READ),
    "removed after an epoch was read": (Path.unlink, READ),
}
#: The damage beside which a loader is also sent on, and read until the bad sample comes last.
PLAIN, MOST_EPOCHS = "truncated", 24
#: Epochs that are read before the last one, of data sets of less than so many samples.
WEARY, FEW = 20, 5
#: Epochs of such a loader over sound files, in which it may repeat as many samples.
SOUND = 8
#: Two files of one batch, where bad samples are skipped or masked: many a loader looks for one.
TWO = "truncated, and another of its batch too"


def damages(policy: Policy) -> List[str]:
    """Return what is done to the files of a loader of this policy, a drive for each."""
    return [*DAMAGES, *([TWO] if policy.on_bad_sample != "raise" else [])]


@undisturbed
def bad_files(bench: Bench, scenario: Scenario, tick: Tick, damage: str) -> Ledger:
    """Read one epoch of a data set in which one file is damaged; two where training is to go on."""
    recording = Recording(BAD_FILES, scenario, beside_bad_files(bench.identify), tick)
    seed_all(scenario.seed)
    with bench.samples(scenario) as samples, undone(recording):
        bad = scenario.seed % scenario.n
        harmed = [bad, *(_beside(bad, scenario) if damage == TWO else [])]
        files = [Path(one).name for one in samples.paths]
        recording.facts.update(bad=bad, damage=damage, file=files[bad], files=files)
        recording.facts["bad too"] = harmed[1:]
        try:
            subject = _harmed(recording, bench, samples, harmed)
        except Exception as error:  # noqa: BLE001 - a factory may refuse a bad file
            recording.build_error = describe(error)
        else:
            _read_damaged(recording, subject)
            _read_further(recording, bench, subject, samples)
        recording.facts["changed_files"] = samples.changed_files()
        # Now it is known which of them the factory has asked for.
        note_samples(recording, samples)
    return recording.ledger()


def _harmed(recording: Recording, bench: Bench, samples: Samples, harmed: List[int]) -> Subject:
    """Build a loader, and do the damage to its files when it is due."""
    harm, moment = DAMAGES.get(recording.facts["damage"], DAMAGES[PLAIN])
    if moment == UNBUILT:
        do_harm(samples, harmed, harm)
    samples.used.clear()
    subject = bench.build(samples, recording.scenario)
    samples.note_added_files()
    # What was not there when the folder was listed is no sample of it.
    unlisted = (harm, moment) == (Path.unlink, UNBUILT) and "directory" in samples.used
    recording.facts["unlisted"] = unlisted
    if moment == READ:
        read_epochs(recording, subject, "before", range(1))
    if moment != UNBUILT:
        do_harm(samples, harmed, harm)
    return subject


def _read_further(recording: Recording, bench: Bench, subject: Subject, samples: Samples) -> None:
    """Look at what else a bad file may have done, where it is declared that training goes on beside it."""
    policy, facts = bench.policy, recording.facts
    if facts["damage"] == PLAIN and policy.kind == "sequence":
        _send(recording, bench, subject, samples)
        if policy.on_bad_sample != "raise" and policy.shuffle:
            _read_with_it_last(recording, subject)
    if policy.on_bad_sample == "skip" and errors(recording.ledger().phase("epoch")):
        facts["left out when built"] = _left_out(recording, bench, subject, samples)
    if _repeats(recording):
        facts["repeats anyway"] = _repeats_anyway(recording, bench, subject)


def _beside(bad: int, scenario: Scenario) -> List[int]:
    """Return another sample of the batch in which a sample is where the order is kept, if there is one."""
    begin = bad - bad % scenario.batch_size
    return [
        one for one in range(begin, min(begin + scenario.batch_size, scenario.n)) if one != bad
    ][:1]


def do_harm(samples: Samples, harmed: Iterable[int], harm: Damage) -> None:
    """Do the damage, which is no doing of the loader."""
    for one in harmed:
        harm(Path(samples.paths[one]))
    samples.note_files()


@contextlib.contextmanager
def one_damaged(samples: Samples, sample: int = 0) -> Iterator[None]:
    """Have the image file of a sample cut short for a while."""
    path = Path(samples.paths[sample])
    whole = path.read_bytes()
    truncate(path)
    try:
        yield
    finally:
        path.write_bytes(whole)


def _read_damaged(recording: Recording, subject: Subject) -> None:
    """Read what there is to read, and what an error has left of it."""
    policy = subject.policy
    recording.length("before", subject.steps)
    read_epochs(recording, subject, "epoch", range(1))
    # Some give up after a number of bad files, and count one file again in each epoch.
    weary = WEARY if recording.scenario.n < FEW else 0
    if policy.on_bad_sample != "raise" and not _gave_up(recording, subject, weary):
        read_epochs(recording, subject, "next epoch", range(1, 2))
    if policy.kind == "sequence":
        _read_again(recording, subject)
        recording.facts["unsendable"] = _unsendable(recording, subject)
        if policy.on_bad_sample == "raise":
            read_epochs(recording, subject, "afterwards", range(1, 2))
        recording.facts["ends after"] = _ends_after(subject)
        recording.length("after", subject.steps)


def _send(recording: Recording, bench: Bench, subject: Subject, samples: Samples) -> None:
    """Pickle the loader that has met a bad file, and read the copy between two reads of the original."""
    facts, steps = recording.facts, range(steps_of(subject))
    try:
        copy = Subject(pickle.loads(pickle.dumps(subject.loader)), subject.scenario, subject.policy)  # noqa: S301
    except Exception as error:  # noqa: BLE001 - whatever refuses is judged
        # Of a loader that cannot be sent at all it is told elsewhere.
        other = built_anew(bench, samples, subject)
        facts["refused beside a bad file"] = (
            describe(error) if other is not None and copied(other) is not None else None
        )
        return
    for phase, one in zip(SENT, (subject, copy, subject)):
        for index in steps:
            recording.read_index(phase, 0, index, one)


def _read_with_it_last(recording: Recording, subject: Subject) -> None:
    """Enter the first of some epochs with the bad sample in its last, partial batch: all others are whole."""
    scenario = recording.scenario
    for epoch in range(2, MOST_EPOCHS if scenario.remainder else 0):
        passed = Recording(BAD_FILES, scenario, recording.identify)
        read_epochs(passed, subject, LAST_EPOCH, [epoch])
        *others, last = passed.ledger().events or (None,)
        whole = (
            one is not None and len(one.ids) == scenario.batch_size and None not in one.ids
            for one in others
        )
        if last is not None and others and all(whole):
            recording.add([*others, last])
            return


def _gave_up(recording: Recording, subject: Subject, epochs: int) -> bool:
    """Read some epochs, and record one that ends in an error of a kind that the first one had not."""
    known = {event.error_type for event in errors(recording.ledger().events)}
    for epoch in range(1, 1 + epochs):
        unheeded = Recording(BAD_FILES, recording.scenario, recording.identify)
        read_epochs(unheeded, subject, "next epoch", [epoch])
        events = unheeded.ledger().events
        if not {event.error_type for event in errors(events)} <= known:
            recording.add(list(events))
            return True
    return False


def _repeats(recording: Recording) -> int:
    """Return how many rows of one epoch, at most, are samples that had come in it before."""
    rows: Dict[Tuple[str, int], List[int]] = defaultdict(list)
    for event in recording.ledger().phase("epoch", "next epoch", LAST_EPOCH):
        rows[event.phase, event.epoch] += [sample for sample in event.ids if sample is not None]
    return max((len(found) - len(set(found)) for found in rows.values()), default=0)


def _repeats_anyway(recording: Recording, bench: Bench, subject: Subject) -> bool:
    """Say whether such a loader repeats as many samples where no file is damaged, in one of some epochs."""
    scenario = recording.scenario
    sound = Recording(BAD_FILES, scenario, bench.identify)
    seed_all(scenario.seed)
    with bench.samples(scenario) as samples:
        other = built_anew(bench, samples, subject)
        if other is not None:
            read_epochs(sound, other, "epoch", range(SOUND))
    return _repeats(sound) >= _repeats(recording)


def _left_out(recording: Recording, bench: Bench, subject: Subject, samples: Samples) -> bool:
    """Say whether a loader that is built now, over the damaged files, delivers all samples but theirs."""
    anew = Recording(BAD_FILES, recording.scenario, recording.identify)
    other = built_anew(bench, samples, subject)
    if other is not None:
        read_epochs(anew, other, "epoch", range(1))
    events = anew.ledger().events
    facts = recording.facts
    due = set(range(recording.scenario.n)) - {facts["bad"], *facts["bad too"]}
    return set(delivered(events)) == due and not errors(events)


def _read_again(recording: Recording, subject: Subject) -> None:
    """Read once more what could not be read: something of the first try may be left."""
    for event in errors(recording.ledger().phase("epoch")):
        index = event.index or 0
        recording.read_index("again", 0, index, subject)


def _unsendable(recording: Recording, subject: Subject) -> Optional[str]:
    """Return why the error of a bad file cannot be sent between processes, as a pool of workers sends it."""
    for event in errors(recording.ledger().phase("epoch")):
        try:
            subject.read(event.index or 0)
        except Exception as error:  # noqa: BLE001 - whatever a loader raises
            try:
                pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
            except Exception as refusal:  # noqa: BLE001 - whatever its class does when it is copied
                return f"{type(error).__name__}: {describe(refusal)}"
    return None


def _ends_after(subject: Subject) -> Optional[int]:
    """Return after how many batches a plain loop ends too early and in silence, None if it does not."""
    steps = steps_of(subject)
    try:
        made = sum(1 for _ in itertools.islice(iter(subject.loader), steps))
    except Exception:  # noqa: BLE001 - that it says so is all that is asked
        return None
    return made if made < steps else None
