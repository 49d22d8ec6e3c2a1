"""Waivers in a file are strict: known, with a reason, and not for ever."""

from __future__ import annotations

import datetime as dt

import pytest
from loaders_folder import Folder

import refloader
from refloader.checking import checked_waivers
from refloader.errors import UsageError
from refloader.waivers import waivers_in, waivers_of

TODAY = dt.date(2030, 5, 17)
TAIL = '[[waive]]\nrequirement = "coverage.tail"\nkind = "own-bug"\nreason = "issue 12"\n'


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    return Folder(tmp_path, monkeypatch)


def written(tmp_path, text, name="refloader.toml"):
    """Write a file of waivers and return its path."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("", "own-bug: issue 12"),
        ('link = "https://example.org/12"', "own-bug: issue 12 (https://example.org/12)"),
        ("expires = 2030-05-17", "own-bug: issue 12, until 2030-05-17"),
        ('expires = "2030-05-18"', "own-bug: issue 12, until 2030-05-18"),
    ],
)
def test_a_waiver_is_read_with_all_that_it_says(tmp_path, more, reason):
    """Kind, reason, link and last day are the reason that reports show; the last day still counts."""
    path = written(tmp_path, TAIL + more)

    assert {"coverage.tail": reason} == waivers_of(path, today=TODAY)


@pytest.mark.parametrize(
    ("subject", "waived"),
    [
        ("tests.loaders:make", True),
        ("tests/loaders.py:make", True),
        ("loaders.py:make", True),
        ("loaders:make_other", False),
        ("other_loaders:make", False),
    ],
)
def test_a_waiver_may_be_for_one_loader(tmp_path, subject, waived):
    """It is left out where another loader is judged, and does not fail there as not needed."""
    path = written(tmp_path, TAIL + 'loader = "tests/loaders.py:make"')

    assert waived == bool(waivers_of(path, subject))


def test_two_loaders_may_each_have_a_waiver_of_one_requirement(tmp_path):
    """A requirement that is waived for two loaders is not waived twice."""
    path = written(tmp_path, "".join(f'{TAIL}loader = "loaders:{name}"\n' for name in ("a", "b")))

    assert {"coverage.tail": "own-bug: issue 12"} == waivers_of(path, "loaders:b")


def test_pyproject_has_them_under_its_tool(tmp_path):
    """The table tool.refloader of pyproject.toml is the same as refloader.toml."""
    written(tmp_path, TAIL.replace("[[waive]]", "[[tool.refloader.waive]]"), "pyproject.toml")

    assert {"coverage.tail": "own-bug: issue 12"} == waivers_in(tmp_path)


def test_other_projects_files_have_none(tmp_path):
    """A pyproject.toml that does not name refloader waives nothing, nor does a missing file."""
    absent = waivers_in(tmp_path)
    written(tmp_path, "[tool.ruff]\nline-length = 100\n", "pyproject.toml")

    assert ({}, {}) == (absent, waivers_in(tmp_path))


WRONG = {
    "no TOML": ("[[waive", "cannot read"),
    "an unknown setting": ("wave = 1", "there is no key 'wave': did you mean 'waive'"),
    "no list": ("[waive]\nkind = 1", "is no list of tables"),
    "an unknown key": (TAIL + "expire = 1", "waiver 1 .*no key 'expire': did you mean 'expires'"),
    "an unknown slug": (
        TAIL.replace("tail", "tial"),
        "no requirement 'coverage.tial': did you mean 'coverage.tail'",
    ),
    "an unknown kind": (
        TAIL.replace("own-bug", "my-bug"),
        "no kind 'my-bug': did you mean 'own-bug'",
    ),
    "no reason": (TAIL.replace('reason = "issue 12"', ""), "waiver 1 in .* lacks reason"),
    "an empty reason": (TAIL.replace("issue 12", " "), "reason is ' '; expected a text"),
    "a number": (TAIL + "link = 12", "link is 12; expected a text"),
    "the same twice": (TAIL + TAIL, "waives coverage.tail twice"),
    "expired": (TAIL + "expires = 2030-05-16", "has expired .own-bug: issue 12, until 2030-05-16"),
    "no day": (TAIL + 'expires = "May"', "expires is 'May'; expected a day, YYYY-MM-DD"),
    "a point in time": (TAIL + "expires = 2030-05-18T00:00:00", "expected a day"),
}


@pytest.mark.parametrize(("text", "said"), list(WRONG.values()), ids=list(WRONG))
def test_what_is_wrong_with_a_waiver_is_said(tmp_path, text, said):
    """The message names the file, what is wrong and what is nearest."""
    with pytest.raises(UsageError, match=said):
        waivers_of(written(tmp_path, text), today=TODAY)


def test_two_files_with_waivers_are_one_too_many(tmp_path):
    """Nobody has to guess which of them counts."""
    written(tmp_path, TAIL)
    written(tmp_path, TAIL.replace("[[waive]]", "[[tool.refloader.waive]]"), "pyproject.toml")

    with pytest.raises(UsageError, match=r"both refloader\.toml and pyproject\.toml"):
        waivers_in(tmp_path)


def test_a_tool_that_is_no_table_is_a_clear_error(tmp_path):
    """The right heading is shown."""
    written(tmp_path, "[tool]\nrefloader = 1\n", "pyproject.toml")

    with pytest.raises(UsageError, match=r"write \[\[tool.refloader.waive\]\]"):
        waivers_in(tmp_path)


def test_the_command_line_takes_them_from_the_current_directory(folder):
    """A waived failure is listed with all that the file says, and the exit code is 0."""
    folder.write("refloader.toml", TAIL)
    result = folder.run("check", "loaders:make_dropping", "--no-fit", "--only", "coverage.tail")

    assert "waived         coverage.tail                  own-bug: issue 12" in result.output
    assert 0 == result.exit_code


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (TAIL, ("--waive", "coverage.tail=again"), "is waived by --waive and in a file"),
        (TAIL + "expires = 2001-01-01", (), "has expired"),
    ],
)
def test_a_wrong_file_of_waivers_ends_the_command(folder, text, arguments, said):
    """Nothing is judged, and the exit code is 2."""
    folder.write("refloader.toml", text)
    result = folder.run("check", "loaders:make", *arguments)

    assert said in result.output
    assert 2 == result.exit_code


def test_a_waiver_in_a_file_that_is_not_needed_exits_with_2(folder):
    """It is an error of the file, as it is on the command line."""
    folder.write("refloader.toml", TAIL)
    result = folder.run("check", "loaders:make", "--no-fit", "--only", "coverage.tail")

    assert "is kept: remove the waiver" in " ".join(result.output.split())
    assert 2 == result.exit_code


def test_contract_tests_take_a_file_too(tmp_path):
    """The path may stand in place of the mapping; a file that is not there is an error."""
    path = written(tmp_path, TAIL)

    assert {"coverage.tail": "own-bug: issue 12"} == checked_waivers(str(path))
    with pytest.raises(UsageError, match=r"cannot read .*none\.toml"):
        refloader.contract_tests(print, waive=str(tmp_path / "none.toml"))
