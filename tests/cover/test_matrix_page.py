"""Many environments side by side: merged, turned into words, and shown on one page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from canned_results import HEADER, results
from click.testing import CliRunner
from some_records import hooks, recorded

from refloader.cli import main
from refloader.errors import UsageError
from refloader.record.matrix import merged, turns
from refloader.reporting import jsonl
from refloader.reporting.matrix_page import html, link, markdown

FIXTURES = Path(__file__).parents[2] / "fixtures"
OLD = hooks(0, tensorflow="2.1.4")
NEWER = hooks(2, tensorflow="2.15.1")
NEWEST = hooks(3, framework="keras", keras="3.15.1", tensorflow="2.21.0", python="3.13.0")
ALL = (OLD, NEWER, NEWEST)
PASSED, FAILED = results()[:2]


class Page(HTMLParser):
    """Collects what the tests look at: ids, links, and the cells of the tables."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.targets, self.addresses, self.tags = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Collect."""
        found = dict(attributes)
        self.tags.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        address = found.get("href", "")
        (self.targets if address.startswith("#") else self.addresses).append(address)


@pytest.fixture
def folder(tmp_path):
    """Return a folder of three records."""
    for record in ALL:
        record.write(tmp_path / f"{record.environment}.json")
    return tmp_path


@pytest.fixture
def run(tmp_path):
    """Write the file of a check that ran where the newest record was made, beside the records."""
    versions = {"python": "3.13.0", "keras": "3.15.1", "tensorflow": "2.21.0"}
    header = dict(HEADER, versions=dict(versions, backend="tensorflow"))
    path = tmp_path / "run.jsonl"
    jsonl.write(path, header, [PASSED, FAILED])
    return path


def test_environments_stand_in_the_order_of_releases(folder):
    """The columns of the matrix go from the oldest release to the newest."""
    names = [record.environment for record in merged([str(folder)]).environments]

    assert [record.environment for record in ALL] == names


def test_a_fact_tells_where_it_broke_and_where_it_was_fixed(folder):
    """The first broken and the first fixed release are named in the order of releases."""
    row = merged([str(folder)]).facts[0]

    assert (
        "broken since tf2.1.4 or earlier",
        "fixed in tf2.15.1",
        "broken in keras3.15.1-tf2.21.0",
    ) == row.turns


def test_what_was_not_measured_turns_nothing():
    """A release without an answer neither breaks nor fixes."""
    assert ("broken in keras3.15.1-tf2.21.0",) == turns([False, None, True], ALL)


def test_settings_with_the_same_answers_are_one_row(tmp_path):
    """Three settings that never differ are read once."""
    answers = {("hook.end.calls", setting): [2] for setting in ("alone", "threads")}
    recorded({**answers, ("hook.end.calls", "processes"): [3]}, tensorflow="2.4.4").write(
        tmp_path / "one.json"
    )

    rows = [row.settings for row in merged([str(tmp_path)]).facts]

    assert [("alone", "threads"), ("processes",)] == rows


def test_the_run_of_a_check_joins_the_column_of_its_environment(folder, run):
    """Facts and verdicts of the same versions stand under one another."""
    found = merged([str(folder)])
    verdicts = {row.requirement: row.cells[-1].verdict for row in found.loaders[HEADER["subject"]]}

    assert [record.environment for record in ALL] == [one.environment for one in found.environments]
    assert {PASSED.requirement: "pass", FAILED.requirement: "fail"} == verdicts


def test_a_run_says_which_of_two_installed_kerases_it_was_made_with(folder, run):
    """Beside keras, tf_keras has a column of its own."""
    header = jsonl.read(run).header
    more = {"framework": "tf_keras", "tf_keras": "2.21.0"}
    jsonl.write(
        folder / "other.jsonl", {**header, "versions": {**header["versions"], **more}}, [PASSED]
    )

    names = [one.environment for one in merged([str(folder)]).environments]

    assert "tf_keras2.21.0-tf2.21.0-py3.13" in names
    assert NEWEST.environment in names


def test_the_same_environment_twice_is_refused(folder):
    """Two records of one environment would have to be chosen from."""
    OLD.write(folder / "again.json")

    with pytest.raises(UsageError, match=OLD.environment):
        merged([str(folder)])


def test_a_folder_without_results_is_refused(tmp_path):
    """A wrong folder must not give an empty page."""
    with pytest.raises(UsageError, match="no results"):
        merged([str(tmp_path)])


def test_every_link_inside_the_page_has_a_target(folder, run):
    """Facts lead to the requirements that they endanger, and these back to the facts."""
    pytest.importorskip("jinja2")
    page = Page(html(merged([str(folder)])))

    assert set() == {target[1:] for target in page.targets} - set(page.ids)


def test_no_identifier_comes_twice(folder, run):
    """A link to a fact leads to one place."""
    pytest.importorskip("jinja2")
    page = Page(html(merged([str(folder)])))

    assert sorted(set(page.ids)) == sorted(page.ids)


def test_the_page_needs_no_network(folder):
    """Nothing is loaded: the addresses in the page are links to public threads only."""
    pytest.importorskip("jinja2")
    text = html(merged([str(folder)]))
    loading = [tag for tag, found in Page(text).tags if tag in {"link", "img"} or "src" in found]

    assert ([], None) == (loading, re.search(r"@import|url\(", text))
    addresses = [address for address in Page(text).addresses if address]
    assert [] == [address for address in addresses if not address.startswith("https://github.com/")]


def test_every_head_of_a_table_has_a_scope(folder):
    """A screen reader can tell which release and which setting a cell belongs to."""
    pytest.importorskip("jinja2")
    heads = [found for tag, found in Page(html(merged([str(folder)]))).tags if tag == "th"]

    assert {"col", "row", "rowgroup"} == {found.get("scope") for found in heads}


def test_answers_are_marked_by_more_than_colour(folder):
    """Harm is told by a sign and a word too."""
    pytest.importorskip("jinja2")
    text = html(merged([str(folder)]))

    assert 'class="bad"><span class="glyph" aria-hidden="true">✗</span>' in text
    assert '<span class="unseen">harmful: </span> 3' in text


def test_what_was_recorded_cannot_become_markup(tmp_path):
    """An answer is text, whatever is in it."""
    pytest.importorskip("jinja2")
    answers = {("generator.spawn", "spawn"): ["<script>alert(1)</script>"]}
    recorded(answers, tensorflow="2.4.4").write(tmp_path / "one.json")

    assert "<script>alert" not in html(merged([str(tmp_path)]))


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("keras#15255", "https://github.com/keras-team/keras/issues/15255"),
        ("PR keras#9436", "https://github.com/keras-team/keras/issues/9436"),
        ("keras PR#8275", "https://github.com/keras-team/keras/issues/8275"),
        ("tf#45962", "https://github.com/tensorflow/tensorflow/issues/45962"),
        ("somebody#1", None),
        ("no thread", None),
    ],
)
def test_public_threads_are_linked(source, address):
    """A thread of a known repository has an address, another one has none."""
    assert address == link(source)


def test_markdown_has_a_row_for_each_fact_and_setting(folder):
    """The Markdown table holds what the page holds."""
    lines = markdown(merged([str(folder)])).splitlines()

    assert "| `hook.end.calls` | alone | ✗ 0 | ✓ 2 | ✗ 3 |" in lines


def test_the_command_writes_both_views(folder):
    """One call reads the results once and writes the page and the Markdown."""
    pytest.importorskip("jinja2")
    views = [folder / "matrix.html", folder / "matrix.md"]

    done = CliRunner().invoke(
        main, ["matrix", str(folder), "--html", str(views[0]), "--markdown", str(views[1])]
    )

    assert (0, [True, True]) == (done.exit_code, [view.exists() for view in views])


@pytest.mark.parametrize("option", ["html", "markdown"])
def test_a_page_tells_when_and_by_which_command_it_was_made(folder, option):
    """Who finds the page can make it again: it names the day and the whole command."""
    pytest.importorskip("jinja2")
    file = folder.parent / "page"

    CliRunner().invoke(main, ["matrix", str(folder), f"--{option}", str(file)])
    text = re.sub(r"&#39;|\\", "", file.read_text(encoding="utf-8"))

    assert re.search(r"This page was made on \d{4}-\d\d-\d\d by refloader matrix ", text)
    assert f"{folder} --{option} {file}" in text


def test_the_page_of_this_repository_shows_what_is_on_record():
    """Facts or runs that changed show on the page: CONTRIBUTING says the command that makes it."""
    found = markdown(merged([str(FIXTURES / "facts"), str(FIXTURES / "matrix" / "runs")]))
    kept = (FIXTURES / "matrix" / "matrix.md").read_text(encoding="utf-8")

    made = [line for line in kept.splitlines() if not line.startswith("This page was ")]
    assert [line for line in found.splitlines() if line] == [line for line in made if line]


def test_the_command_without_a_file_prints_markdown(folder):
    """Without a file to write to the matrix is printed."""
    done = CliRunner().invoke(main, ["matrix", str(folder)])

    assert (0, markdown(merged([str(folder)]))) == (done.exit_code, done.output)


@pytest.mark.parametrize(
    ("versions", "environment"),
    [
        ({"tensorflow": "2.4.4"}, "tf2.4.4-py3.8"),
        ({"tensorflow": "2.15.1", "keras": "2.15.0"}, "tf2.15.1-py3.8"),
        ({"tensorflow": "1.15.0", "keras": "2.2.5"}, "keras2.2.5-tf1.15.0-py3.8"),
        ({"tensorflow": "2.21.0", "keras": "3.15.1"}, "keras3.15.1-tf2.21.0-py3.8"),
    ],
)
def test_a_run_is_put_where_its_framework_is(tmp_path, versions, environment):
    """The keras package beside TensorFlow 2.6 to 2.15 is not taken for a Keras of its own."""
    found = dict(versions, python="3.8.18", backend="tensorflow")
    jsonl.write(tmp_path / "run.jsonl", dict(HEADER, versions=found), [PASSED])

    assert [environment] == [one.environment for one in merged([str(tmp_path)]).environments]
