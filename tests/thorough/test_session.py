"""A session comes to the right verdict, and never to one that was not looked at."""

from __future__ import annotations

import errno
import importlib
import shutil
import tempfile
from pathlib import Path

import psutil
import pytest
import some_loaders
from some_loaders import factory

from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE, choose, find
from refloader.driving.data.vector_code import decode_vectors
from refloader.driving.processes.stillness import Hang
from refloader.driving.reference import reference_factory
from refloader.errors import AdapterError, UsageError
from refloader.evidence import Evidence
from refloader.session import Session

STRICT = Policy.of(samples="arrays")
ZOO = str(Path(__file__).resolve().parents[2] / "fixtures" / "zoo" / "bad")


def judge(loader, *slugs, policy=STRICT, **more):
    """Return the results of these requirements for a loader class of `some_loaders`."""
    make = factory(getattr(some_loaders, loader))
    with Session(make, policy, training=False, **more) as session:
        return list(session.results(choose(slugs)))


def test_a_good_loader_keeps_the_whole_contract():
    """Nothing is broken, vacuous or an error where the loader is right."""
    results = judge("Slices")

    assert {"pass", "not-applicable", "unavailable"} == {result.verdict for result in results}
    assert list(CATALOGUE) == [result.requirement for result in results]


def test_a_failure_has_the_smallest_witness():
    """The dropped tail is shown by three samples in batches of two."""
    (result,) = judge("DroppedTail", "coverage.no-loss")

    assert "n=3, batch_size=2: sample 2 is never delivered in epoch 0 [epochs]" == str(
        result.witness
    )
    assert ("fail", "loader") == (result.verdict, result.blame)


def test_two_sessions_come_to_the_same_results():
    """Judging again gives the same verdicts and witnesses."""
    slugs = ("coverage", "protocol", "workers.thread-safe")

    assert judge("Racy", *slugs) == judge("Racy", *slugs)


def test_a_race_is_found_and_told_as_a_schedule():
    """An attribute shared between two lines is caught, with the lines where the readers stop."""
    (result,) = judge("Racy", "workers.thread-safe")

    assert "fail" == result.verdict
    assert "beside another reader; reader 0 stops before some_loaders.py:" in result.witness.text


def test_a_lock_makes_it_thread_safe():
    """The same attribute under a lock is no race, and nothing deadlocks in finding out."""
    (result,) = judge("Locked", "workers.thread-safe")

    assert "pass" == result.verdict


@pytest.mark.parametrize("loader", ["Deadlocked", "Stuck", "Polling"])
def test_standing_still_is_the_verdict_hang_with_stacks(loader):
    """A drive that makes no progress is ended and reported with the line where it stands."""
    slug = "workers.thread-safe" if loader == "Deadlocked" else "coverage.no-loss"
    judge("Slices", "protocol.length")  # starts the interpreter that stays for the next session
    before = set(psutil.Process().children())

    (result,) = judge(loader, slug)

    assert "hang" == result.verdict
    assert "some_loaders.py" in result.detail
    assert "__getitem__ (some_loaders.py) waits" in result.witness.text
    assert set() == set(psutil.Process().children()) - before


def test_a_hang_is_told_where_what_hangs_is_judged():
    """What stands still while resources are counted says nothing of interrupts."""
    hung, unseen = judge("StuckBeyond", "resources.released", "faults.interrupt")[::-1]

    assert ("hang", "pass") == (hung.verdict, unseen.verdict)


def test_a_hang_of_the_first_look_is_raised_with_stacks():
    """A loader that cannot even be looked at is reported as what it is: hung."""
    with pytest.raises(Hang, match="some_loaders"):
        judge("StuckAtOnce", "coverage.no-loss")


def test_a_loader_that_ends_its_process_fails_and_the_suite_survives():
    """The requirement fails with the way the process ended, and the session goes on."""
    died, kept = judge("Deadly", "coverage.no-loss", "faults.empty")

    assert "the process died: status 9" == died.witness.text
    assert ("fail", "pass") == (died.verdict, kept.verdict)


@pytest.mark.parametrize("least", [0, 40], ids=["at the first look", "later"])
def test_a_full_disk_is_no_fault_of_the_loader(least):
    """That no file could be written is told as what it is, with what to do."""

    def make(samples, batch_size, _seed):
        if len(samples) > least:
            raise OSError(errno.ENOSPC, "No space left on device")
        return some_loaders.Slices(*samples.arrays, batch_size)

    with pytest.raises(AdapterError, match=r"no space is left .* set TMPDIR"), Session(
        make, STRICT, training=False
    ) as session:
        list(session.results(choose(("coverage.no-loss",))))


def test_training_without_a_framework_is_unavailable():
    """What no installed framework can show is said to be unavailable, not passed."""
    (result,) = judge("Slices", "training.consumed-once")

    assert "unavailable" == result.verdict


def test_training_by_a_framework_that_takes_no_such_loader_is_unavailable(monkeypatch):
    """A Keras from before Sequence makes no drive with one, and that is said: it is no pass."""
    monkeypatch.setattr(Evidence, "start", lambda *_: None)
    monkeypatch.setattr(Evidence, "sweep", lambda *_: [])
    with Session(factory(some_loaders.Slices), STRICT) as session:
        (result,) = session.results(choose(["training.consumed-once"]))

    said = "the installed Keras has no such way to feed from a loader of kind sequence"
    assert ("unavailable", said) == (result.verdict, result.reason)


def test_a_policy_puts_requirements_out_of_force():
    """A loader that does not shuffle is not asked to reshuffle."""
    (result,) = judge("Slices", "shuffling.per-epoch")

    assert ("not-applicable", 0) == (result.verdict, result.ran)


def test_unmet_situations_make_a_requirement_vacuous(monkeypatch):
    """Where no drive came into the situations that it needs, nothing was shown."""
    requirement = find("coverage.tail")
    monkeypatch.setitem(
        CATALOGUE,
        "coverage.tail",
        requirement.__class__(**{**vars(requirement), "needs": ("no samples",)}),
    )

    (result,) = judge("Slices", "coverage.tail")

    assert ("vacuous", "never came up: no samples") == (result.verdict, result.reason)


def test_without_fresh_interpreters_nothing_passes_that_needs_one():
    """What was looked at in this process alone can be broken, but is not shown to be kept."""
    slugs = ("pickling.fresh-process", "shuffling.seeded")
    policy = Policy.of(samples="arrays", shuffle=True, seeded=True)

    results = judge("Slices", *slugs, policy=policy, fresh=False)

    assert {("vacuous", "fresh interpreters were not asked for")} == {
        (result.verdict, result.reason) for result in results
    }


def test_a_brief_session_reads_nothing_long():
    """What shows after many epochs alone is not looked for where verdicts are wanted soon."""
    (whole,) = judge("LosesInTheEnd", "coverage.no-loss")
    (brief,) = judge("LosesInTheEnd", "coverage.no-loss", brief=True)

    assert ("fail", "pass") == (whole.verdict, brief.verdict)


def test_a_brief_session_shows_what_it_saw_first():
    """No witness is made smaller where nobody asks for one."""
    (result,) = judge("DroppedTail", "coverage.no-loss", brief=True)

    assert ("fail", "n=9, batch_size=4, classes=3: sample 8 is never delivered") == (
        result.verdict,
        str(result.witness).split(" in epoch")[0],
    )


def test_a_judge_that_breaks_is_an_error_of_the_suite(monkeypatch):
    """An exception inside a judge is never a verdict on the loader."""
    requirement = find("coverage.tail")

    def broken(ledger, policy):
        raise KeyError("oops")

    monkeypatch.setitem(
        CATALOGUE, "coverage.tail", requirement.__class__(**{**vars(requirement), "judge": broken})
    )

    (result,) = judge("Slices", "coverage.tail")

    assert "error" == result.verdict
    assert "oops" in result.detail


def test_a_waiver_turns_a_failure_into_waived():
    """A known failure is reported with its reason and does not break the run."""
    (result,) = judge("DroppedTail", "coverage.no-loss", waive={"coverage.no-loss": "issue 7"})

    assert ("waived", "issue 7") == (result.verdict, result.reason)


def test_a_waiver_that_is_no_longer_needed_is_an_error():
    """A waiver for a requirement that is kept has to go."""
    (result,) = judge("Slices", "coverage.no-loss", waive={"coverage.no-loss": "issue 7"})

    assert "error" == result.verdict
    assert "remove the waiver" in result.reason


def test_an_unknown_waiver_names_the_nearest_slug():
    """A misspelt slug is refused with the right one."""
    with pytest.raises(UsageError, match=r"did you mean 'coverage\.no-loss'"):
        judge("Slices", "coverage.no-loss", waive={"coverage.noloss": "issue 7"})


def _none(samples, batch_size, seed):
    return None


def _raises(samples, batch_size, seed):
    raise RuntimeError("no such folder")


def _two_arguments(samples, batch_size):
    return None


def _own_data(samples, batch_size, seed):
    import numpy as np

    return some_loaders.Slices(
        np.random.RandomState(0).rand(len(samples), 48), samples.arrays.y, batch_size
    )


def _first_five(samples, batch_size, seed):
    x, y = samples.arrays
    return some_loaders.Slices(x[:5], y[:5], batch_size)


def _inverted(samples, batch_size, seed):
    x, y = samples.arrays
    return some_loaders.Slices(1 - x.astype("float32"), y, batch_size)


def _backward(samples, batch_size, seed):
    x, y = samples.arrays
    return some_loaders.Slices(x[:, ::-1], y, batch_size)


class _Yields(some_loaders.Slices):
    def __getitem__(self, index):
        yield super().__getitem__(index)


def _yields(samples, batch_size, seed):
    return _Yields(*samples.arrays, batch_size)


def _own_batch_size(samples, batch_size, seed):
    return some_loaders.Slices(*samples.arrays, 2)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_none, "it returned None; an object with __len__"),
        (_raises, r"for n=15, batch_size=5 it raised RuntimeError: no such folder \(line"),
        (
            _two_arguments,
            r"it is declared as \(samples, batch_size\); it is called as make\(samples, batch",
        ),
        (_own_data, "no identity could be recovered"),
        (_first_five, "asked for 15 samples and then for 24, it delivers 5 rows both times"),
        (
            _own_batch_size,
            "asked for batches of 4 and then of 6, it delivers batches of 2 both times",
        ),
        (_yields, r"batch 0 is a generator, made by a `yield` in _Yields\.__getitem__"),
        (lambda samples, batch_size, seed: iter([]), "declare kind='generator'"),
        (lambda samples, batch_size, seed: {1, 2}, r"is judged as refloader\.endless\(loader\)"),
        (_inverted, "delivered inverted, as by 1 - x"),
        (
            _backward,
            "may be scaled, standardised, cast and shaped anew, but neither put in another order",
        ),
    ],
)
def test_a_wrong_factory_is_told_before_anything_is_judged(make, said):
    """The adapter's fault is one clear error that names what was expected."""
    with Session(make, STRICT, training=False) as session, pytest.raises(AdapterError, match=said):
        session.probe()


def test_an_identify_that_counts_from_one_is_not_taken_for_inverted_vectors():
    """What the user's own identify says is said of it, and not of what x looks like."""
    make = factory(some_loaders.Slices)
    counted = Session(make, STRICT, identify=_from_one, training=False)

    with counted as session, pytest.raises(AdapterError, match="delivers sample 15, which is none"):
        session.probe()


def _of_whole_batches(batch):
    if len(batch[0]) == 1:
        raise IndexError("no second row")
    return decode_vectors(batch[0])


def test_an_identify_that_fails_later_is_told_once_and_in_one_line():
    """It is the adapter's fault as much as in the first look; no requirement is an error of the suite."""
    make = factory(some_loaders.Slices)
    with Session(make, STRICT, identify=_of_whole_batches, training=False) as session:
        session.probe()
        with pytest.raises(
            AdapterError, match=r"no sequence of ids for a batch of x \(1, \d+\), y"
        ) as told:
            list(session.results(choose(("coverage.no-loss",))))

    assert "\n" not in str(told.value)


def _from_one(batch):
    return [sample + 1 for sample in decode_vectors(batch[0]).tolist()]


@pytest.mark.parametrize(("formats", "verdict"), [("jpeg-and-png", "fail"), ("jpeg", "pass")])
def test_a_format_that_is_left_out_is_a_loss_unless_declared(formats, verdict, monkeypatch):
    """A loader that takes .jpg files alone is judged as any other; it is no fault of its adapter."""
    monkeypatch.syspath_prepend(ZOO)
    make = importlib.import_module("one_suffix").make
    with Session(make, Policy.of(formats=formats), training=False) as session:
        session.probe()
        (result,) = session.results(choose(("coverage.no-loss",)))

    assert verdict == result.verdict


@pytest.mark.parametrize(
    ("formats", "verdict"), [("jpeg-and-png", "pass"), ("jpeg", "pass"), ("any", "fail")]
)
def test_files_in_capitals_are_asked_for_only_where_any_is_declared(formats, verdict, monkeypatch):
    """Who never meets IMG_0001.JPG need not find it."""
    monkeypatch.syspath_prepend(ZOO)
    make = importlib.import_module("capitals_left_out").make
    with Session(make, Policy.of(formats=formats), training=False) as session:
        (result,) = session.results(choose(("coverage.no-loss",)))

    assert verdict == result.verdict


def test_batches_that_cannot_be_read_are_no_fault_of_the_adapter():
    """How many rows they would have had is unknown: the error is told by what it breaks."""

    def make(samples, batch_size, seed):
        return some_loaders.AsStored(samples.paths, samples.labels, batch_size)

    with Session(make, Policy.of(formats="any"), training=False) as session:
        (result,) = session.results(choose(("coverage.no-loss",)))

    assert "fail" == result.verdict


@pytest.mark.parametrize("formats", ["any", "png"])
def test_the_reference_loader_takes_files_of_any_format(formats):
    """Grey, with alpha, in capitals: each is delivered, and what is damaged is told."""
    policy = Policy.of(samples="image-files", formats=formats)
    slugs = ("coverage", "pairing.label", "protocol", "faults.bad-sample")
    with Session(reference_factory(policy), policy, training=False) as session:
        verdicts = {result.verdict for result in session.results(choose(slugs))}

    assert {"pass", "not-applicable"} >= verdicts


def test_what_an_import_draws_is_not_the_loaders_doing():
    """A factory may be the first to import a module that draws from the global generators."""

    def make(samples, batch_size, seed):
        import draws_when_imported  # noqa: F401 - this is what is tested

        return some_loaders.Slices(*samples.arrays, batch_size)

    with Session(make, STRICT, training=False) as session:
        (result,) = session.results(choose(("shuffling.global-rng",)))

    assert "pass" == result.verdict


@pytest.mark.parametrize(("classes", "verdict"), [("any", "fail"), ("two", "pass")])
def test_two_labels_of_one_y_are_mislabelled_unless_the_task_is_binary(classes, verdict):
    """A loader of a binary task is judged over samples of two classes, where it says so."""

    def make(samples, batch_size, seed):
        x, y = samples.arrays
        return some_loaders.Slices(x, (y > 0).astype("float32"), batch_size)

    with Session(make, Policy.of(classes=classes), training=False) as session:
        (result,) = session.results(choose(("pairing.label",)))

    assert verdict == result.verdict


def test_a_race_in_another_module_of_the_project_is_found():
    """Readers are interleaved in the loader's own lines, and in those of the modules that it calls."""
    from helped_loader import make

    with Session(make, STRICT, training=False) as session:
        (result,) = session.results(choose(("workers.thread-safe",)))

    assert ("fail", True) == (result.verdict, "helping_cursor.py" in result.witness.text)


@pytest.mark.parametrize(("traced", "verdict"), [((), "pass"), (("packed_cursor",), "fail")])
def test_a_race_in_a_package_is_found_on_request(traced, verdict, tmp_path, monkeypatch):
    """What is installed is somebody else's: readers are interleaved there where it is named."""
    packages = tmp_path / "site-packages"
    packages.mkdir()
    shutil.copy(Path(__file__).parent / "helping_cursor.py", packages / "packed_cursor.py")
    monkeypatch.syspath_prepend(str(packages))

    class Helped(some_loaders.Slices):
        def __getitem__(self, index):
            import packed_cursor

            return super().__getitem__(packed_cursor.kept(index))

    with Session(factory(Helped), STRICT, training=False, traced=traced) as session:
        (result,) = session.results(choose(("workers.thread-safe",)))

    assert verdict == result.verdict


def test_temporary_files_may_have_a_long_name(tmp_path, monkeypatch):
    """A socket's name has a hundred characters at most, that of the folder of temporary files may have more."""
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    with Session(factory(some_loaders.Slices), STRICT, training=False) as session:
        (result,) = session.results(choose(("coverage.no-loss",)))

    assert "pass" == result.verdict


def test_batches_without_rows_are_judged():
    """A tail that is cut off by its length leaves nothing where there is none: that is the loader's fault."""

    class Cut(some_loaders.Slices):
        steps = 0

        def __len__(self):
            return self.steps

    def make(samples, batch_size, seed):
        x, y = samples.arrays
        whole = slice(0, -(len(x) % batch_size))
        made = Cut(x[whole], y[whole], batch_size)
        made.steps = len(x) // batch_size
        return made

    with Session(make, Policy.of(tail="drop"), training=False) as session:
        results = list(session.results(choose(("protocol.structure", "coverage.no-loss"))))

    assert ["fail", "fail"] == [one.verdict for one in results]
