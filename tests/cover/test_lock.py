"""A lock keeps what a project agreed to: what a later contract adds is told, and breaks no build."""

from __future__ import annotations

import json

import pytest
from canned_results import HEADER, results
from loaders_folder import Folder

from refloader.contract.requirement import find
from refloader.contract.verdict import VERDICTS
from refloader.errors import UsageError
from refloader.reporting import jsonl, lock
from refloader.reporting.report import Report

DROPPING = ("check", "loaders:make_dropping", "--no-fit")


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    return Folder(tmp_path, monkeypatch)


def locked(*slugs):
    """Return the text of a lock with these slugs."""
    return json.dumps(
        {"refloader": "0.0.9", "contract": "1", "verdicts": dict.fromkeys(slugs, "pass")}
    )


def test_a_lock_holds_what_was_judged_and_by_what(tmp_path):
    """Versions, and each slug with its verdict; read back, it is the slugs."""
    path = tmp_path / "refloader.lock"
    lock.write_new(path, results())
    data = json.loads(path.read_text(encoding="utf-8"))

    assert {"refloader", "contract", "verdicts"} == set(data)
    assert {one.requirement: one.verdict for one in results()} == data["verdicts"]
    assert [one.requirement for one in results()] == lock.read(path)


def test_a_lock_is_never_written_over(tmp_path):
    """Otherwise what is new would be binding from the second run on."""
    path = tmp_path / "refloader.lock"
    path.write_text(locked("coverage.tail"), encoding="utf-8")
    lock.write_new(path, results())

    assert locked("coverage.tail") == path.read_text(encoding="utf-8")


def test_newer_is_what_is_judged_and_not_in_the_lock():
    """Without a lock, nothing is newer."""
    chosen = [find("coverage.tail"), find("coverage.no-loss")]

    assert ["coverage.no-loss"] == lock.newer(chosen, ["coverage.tail"])
    assert [] == lock.newer(chosen, None)


def test_what_is_advisory_decides_no_exit_code():
    """Broken and advisory counts as waived; all else stays what it is."""
    judged = results()[:4]
    advised = {**HEADER, lock.ADVISORY: [one.requirement for one in judged]}

    assert ["pass", "waived", "waived", "waived"] == [
        one.verdict for one in lock.binding(advised, judged)
    ]
    assert (0, 3) == tuple(
        Report(head, lock.binding(head, judged)).exit_code for head in (advised, HEADER)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot read the lock"),
        ("{", "cannot read the lock"),
        ("[]", "is no lock of refloader"),
        ('{"refloader": "1", "contract": "1"}', "is no lock of refloader"),
        ('{"refloader": "1", "contract": "1", "verdicts": []}', "is no lock of refloader"),
        (locked("coverage.tial"), "0.0.9, holds 'coverage.tial', .* did you mean 'coverage.tail'"),
    ],
)
def test_what_is_no_lock_is_a_clear_error(tmp_path, text, said):
    """The file is named, with what is wrong in it."""
    path = tmp_path / "refloader.lock"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=said):
        lock.read(path)


def test_a_newer_requirement_is_reported_and_does_not_fail(folder):
    """Broken, it is told as advisory, and the exit code is 0."""
    folder.write("refloader.lock", locked("coverage.no-loss"))
    only = ("--only", "coverage.tail", "--lock", "refloader.lock", "--jsonl", "run.jsonl")
    result = folder.run(*DROPPING, *only)
    record = jsonl.read(folder.path / "run.jsonl")

    assert "advisory, because newer than refloader.lock: coverage.tail\n" in result.output
    assert 0 == result.exit_code
    assert ["coverage.tail"] == record.header[lock.ADVISORY]
    assert "fail" == record.results[0].verdict


def test_a_lock_is_made_by_a_whole_run_only(folder):
    """A part of the contract would make all the rest advisory for good."""
    result = folder.run(*DROPPING, "--only", "coverage", "--lock", "refloader.lock")

    assert "leave out --only and --skip" in result.output
    assert 2 == result.exit_code
    assert not (folder.path / "refloader.lock").exists()


def test_a_lock_that_cannot_be_written_is_refused_before_anything_is_judged(folder):
    """The run of minutes does not end in an error that was foreseeable."""
    result = folder.run(*DROPPING, "--lock", "none/refloader.lock")

    assert "cannot write the lock 'none/refloader.lock'" in result.output
    assert 2 == result.exit_code


def test_every_verdict_can_be_binding():
    """Only what is broken is ever turned into something else."""
    kept = [one for one in results() if not one.broken]
    advised = {lock.ADVISORY: [one.requirement for one in kept]}

    assert set(VERDICTS) - {"fail", "hang"} == {one.verdict for one in kept}
    assert kept == lock.binding(advised, kept)
