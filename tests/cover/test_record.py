"""The compatibility record: kept as files, compared, and asked what an upgrade changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from some_records import hooks, recorded

import refloader.contract  # noqa: F401 - enters the requirements in the catalogue
from refloader.cli import main
from refloader.contract.requirement import CATALOGUE
from refloader.errors import UsageError
from refloader.frameworks.facts import shipped as shipped_loaders
from refloader.frameworks.facts.probe import SETTINGS
from refloader.frameworks.facts.process import gather
from refloader.record.catalogue import FACTS, choose_facts, find_fact
from refloader.record.comparing import changes, nearest_relative, releases_with, same_framework
from refloader.record.measuring import jobs
from refloader.record.store import environment_name, in_order, line, read, read_all, shipped
from refloader.record.suspects import suspects
from refloader.record.upgrade import named, upgrade

FIXTURES = Path(__file__).parents[2] / "fixtures" / "facts"
OLD = hooks(0, tensorflow="2.1.4")
NEWER = hooks(2, tensorflow="2.15.1")
NEWEST = hooks(3, framework="keras", keras="3.15.1", tensorflow="2.21.0", python="3.13.0")
ALL = [OLD, NEWER, NEWEST]


def test_every_fact_has_a_probe_and_every_probe_a_fact():
    """What is asked in words is measured, and what is measured is explained."""
    measured = {slug for probe in gather().values() for slug in probe.facts}

    assert set(FACTS) == measured


def test_no_fact_is_answered_by_two_probes():
    """An answer must not depend on which probe came last."""
    answered = [slug for probe in gather().values() for slug in probe.facts]

    assert sorted(set(answered)) == sorted(answered)


def test_every_setting_of_a_probe_is_known():
    """A probe is run only in settings that say who reads."""
    asked = {setting for probe in gather().values() for setting in probe.settings}

    assert set() == asked - set(SETTINGS)


def test_facts_endanger_requirements_of_the_contract():
    """Each slug that a fact endangers can be looked up in the contract."""
    endangered = {slug for fact in FACTS.values() for slug in fact.endangers}

    assert set() == endangered - set(CATALOGUE)


def test_facts_are_chosen_by_slug_and_by_group():
    """A name may be that of one fact, or the part before its first dot."""
    chosen = [fact.slug for fact in choose_facts(("peek", "hook.end.calls"))]

    assert ["peek.items", "hook.end.calls"] == chosen


def test_an_unknown_fact_is_refused_with_the_nearest():
    """A slip of the pen is answered with what was meant."""
    with pytest.raises(UsageError, match=r"no fact 'peek.item': did you mean 'peek.items'"):
        find_fact("peek.item")


def test_only_the_probes_of_the_wanted_facts_are_run():
    """Asking for one fact runs its probe alone, once in each setting, as often as it says."""
    todo = [(job.probe.name, job.setting) for job in jobs(["sequence.spawn"])]

    assert [("started", "processes"), ("started", "spawn"), ("started", "forkserver")] == todo


def test_repeats_change_only_what_chance_decides():
    """A probe that asks once asks once, however many repeats are wanted."""
    counts = [
        len(jobs([slug], repeats=7)) for slug in ("sequence.spawn", "predict.generator-twice")
    ]

    assert [3, 7] == counts


@pytest.mark.parametrize(
    ("framework", "versions", "name"),
    [
        ("keras", {"keras": "1.1.2", "tensorflow": "1.15.0"}, "keras1.1.2-tf1.15.0-py3.7"),
        ("tensorflow.keras", {"keras": "2.15.0", "tensorflow": "2.15.1"}, "tf2.15.1-py3.7"),
        (
            "tf_keras",
            {"tf_keras": "2.21.0", "tensorflow": "2.21.0"},
            "tf_keras2.21.0-tf2.21.0-py3.7",
        ),
        ("keras", {"keras": "3.1.0", "jax": "0.9", "backend": "jax"}, "keras3.1.0-jax0.9-py3.7"),
    ],
)
def test_an_environment_is_named_after_what_decides(framework, versions, name):
    """The name holds the Keras in use, what it computes with, and the Python."""
    versions = {"backend": "tensorflow", "python": "3.7.16", **versions}

    assert name == environment_name(framework, versions)


def test_a_record_reads_back_as_written(tmp_path):
    """What a file holds is all that the record held."""
    record = recorded({("epochs.served", "threads"): [[0, 1], [0, 2], [0, 1]]}, tensorflow="2.15.1")

    record.write(tmp_path / "one.json")
    again = read(tmp_path / "one.json")

    assert record.to_json() == again.to_json()


def test_answers_are_counted_in_one_line_a_setting(tmp_path):
    """A race is kept as the set of answers, each with its count, so that diffs are short."""
    record = recorded({("epochs.served", "threads"): [[0, 2], [0, 1], [0, 2]]}, tensorflow="2.15.1")

    record.write(tmp_path / "one.json")

    rows = '[{"answer": [0, 1], "times": 1}, {"answer": [0, 2], "times": 2}]'
    assert f'      "threads": {rows}\n' in (tmp_path / "one.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "[]", '{"contract": "1"}'])
def test_a_file_without_facts_is_refused(tmp_path, text):
    """A file of something else ends in an error that names it."""
    (tmp_path / "other.json").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=r"other\.json"):
        read(tmp_path / "other.json")


def test_a_folder_without_records_is_refused(tmp_path):
    """An empty folder, or a wrong one, must not look like a framework without changes."""
    with pytest.raises(UsageError, match="no recorded facts"):
        read_all(tmp_path)


def test_releases_stand_in_order_whatever_their_names():
    """Numbers are compared as numbers, and Keras 3 follows the Keras of TensorFlow."""
    names = [record.environment for record in in_order([NEWEST, NEWER, OLD])]

    assert ["tf2.1.4-py3.10", "tf2.15.1-py3.10", "keras3.15.1-tf2.21.0-py3.13"] == names


def test_a_backend_is_a_line_of_its_own():
    """What is broken on TensorFlow may never have been on JAX."""
    on_jax = hooks(3, framework="keras", keras="3.15.1", jax="0.9.0", backend="jax")

    assert {line(NEWEST), "Keras 3 on JAX"} == {line(NEWEST), line(on_jax)}


def test_part_of_what_chance_decides_is_no_change():
    """Who sees one of two recorded answers has seen nothing new."""
    race = recorded({("epochs.served", "threads"): [[0, 1], [0, 2]]}, tensorflow="2.15.1")
    one = recorded({("epochs.served", "threads"): [[0, 2]]}, tensorflow="2.15.1")

    assert ([], 1) == (changes(race, one), len(changes(one, race)))


def test_a_fact_that_is_not_measured_any_more_is_a_change():
    """Silence is not agreement."""
    empty = recorded({}, tensorflow="2.15.1")

    assert ["2 -> not measured"] == [change.words for change in changes(NEWER, empty)]


def test_a_change_to_a_harmless_answer_is_not_for_the_worse():
    """What loaders suffer from is told apart from what is only different."""
    worse = [changes(*pair)[0].for_the_worse for pair in ((OLD, NEWER), (NEWER, NEWEST))]

    assert [False, True] == worse


def test_the_same_versions_are_the_nearest_relative_on_any_python():
    """The record of another Python is nearer than that of another release."""
    here = hooks(2, tensorflow="2.15.1", python="3.11.0")

    assert NEWER is nearest_relative(here, ALL)


def test_the_release_before_is_the_nearest_relative_of_a_new_one():
    """A release that nobody recorded is compared with what it follows."""
    here = hooks(3, framework="keras", keras="3.16.0", tensorflow="2.22.0")

    assert NEWEST is nearest_relative(here, ALL)


def test_a_line_without_records_has_no_relative():
    """Comparing across lines of releases would name changes that nobody made."""
    here = hooks(3, framework="keras", keras="3.15.1", jax="0.9.0", backend="jax")

    with pytest.raises(UsageError, match="Keras 3 on JAX"):
        nearest_relative(here, ALL)


def test_releases_with_an_answer_are_found():
    """A change is explained by where the new answer was seen before."""
    assert ["tf2.15.1-py3.10"] == releases_with("hook.end.calls", "alone", 2, ALL)


def test_an_upgrade_names_the_requirements_at_risk():
    """From two calls of the hook to three, what counts them is in danger."""
    found = upgrade("tf2.15", "keras3.15", ALL)

    assert ["hook.end.calls"] == found.at_risk["training.hooks-tolerant"]


@pytest.mark.parametrize("name", ["tf2.1", "tf2.1.4-py3.10", "tf2"])
def test_an_environment_is_found_by_the_beginning_of_its_name(name):
    """Parts of a version count as wholes: 2.1 is not 2.15."""
    assert OLD is named(name, [OLD, NEWEST])


def test_an_ambiguous_name_is_refused_with_all_that_it_may_mean():
    """Nothing is guessed where two releases begin alike."""
    with pytest.raises(UsageError, match=r"tf2\.1\.4-py3\.10, tf2\.15\.1-py3\.10"):
        named("tf2", ALL)


def test_a_name_that_nothing_has_is_refused_with_the_nearest():
    """A wrong name ends in an error that lists those most like it."""
    with pytest.raises(UsageError, match=r"'tf2\.14'; the nearest are tf2\.1"):
        named("tf2.14", ALL)


def test_the_upgrade_command_tells_what_changes_and_what_to_do(tmp_path):
    """The command reads the record and measures nothing."""
    for record in ALL:
        record.write(tmp_path / f"{record.environment}.json")

    done = CliRunner().invoke(main, ["upgrade", "tf2.15", "keras3.15", "--record", str(tmp_path)])

    assert 0 == done.exit_code
    for text in ("alone: 2 -> 3", FACTS["hook.end.calls"].advice[:40], "training.hooks-tolerant"):
        assert text in done.output


def test_an_upgrade_to_the_same_is_no_change(tmp_path):
    """Two names of one environment differ in nothing."""
    NEWER.write(tmp_path / "one.json")

    done = CliRunner().invoke(main, ["upgrade", "tf2.15", "tf2.15.1", "--record", str(tmp_path)])

    assert (0, "no fact differs") == (done.exit_code, done.output.splitlines()[-1])


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_a_recorded_file_is_whole(path):
    """Each file of the record is named after its environment and answers every fact."""
    record = read(path)

    assert (path.stem, list(FACTS)) == (record.environment, list(record.answers))


def test_recorded_files_name_no_machine():
    """A record says what the framework does, not whose machine it ran on."""
    for path in FIXTURES.glob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))

        assert {"keras", "tensorflow", "tf_keras", "jax", "torch", "python", "numpy"} >= set(
            data["versions"]
        )


def test_what_shipped_loaders_were_flagged_for_is_still_asked_of_them():
    """A requirement that is judged by one drive more must not leave the record unnoticed."""
    asked = {requirement.slug for requirement in shipped_loaders.asked()}
    recorded_as_broken = {
        answer
        for path in FIXTURES.glob("*.json")
        for slug, settings in json.loads(path.read_text())["facts"].items()
        if slug.startswith("shipped.")
        for counted in settings.values()
        for one in counted
        for answer in one["answer"]
        if isinstance(one["answer"], list)
    }

    assert recorded_as_broken <= asked


def test_shipped_loaders_are_asked_once_whether_they_pickle():
    """What cannot be pickled breaks the whole chapter: the record would grow with each drive that it gets."""
    asked = [one.slug for one in shipped_loaders.asked() if one.chapter == "pickling"]

    assert ["pickling.round-trip"] == asked


def test_records_of_one_framework_agree_on_its_versions():
    """Each record is its own twin, so that its environment's test finds it."""
    records = read_all(FIXTURES)

    assert records == [same_framework(record, records)[0] for record in records]


def test_a_blamed_framework_has_its_suspicious_facts_named():
    """Of a release whose hooks run too often, that fact is named for what it endangers."""
    (keras,) = [
        one for one in read_all(shipped()) if one.environment == "keras3.15.1-tf2.21.0-py3.13"
    ]

    assert "hook.end.calls" in suspects("training.hooks-tolerant", keras)
    assert [] == suspects("coverage.tail", keras)
