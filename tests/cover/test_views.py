"""A run is shown to each system of CI in its own form, with the same verdicts and words."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from canned_results import HEADER, results, witness

import refloader.reporting
from refloader.contract.requirement import CATALOGUE
from refloader.contract.verdict import VERDICTS, Result
from refloader.errors import UsageError
from refloader.reporting import jsonl
from refloader.reporting.github import commands, summarise
from refloader.reporting.html import html
from refloader.reporting.junit import junit
from refloader.reporting.lock import ADVISORY
from refloader.reporting.markdown import escaped, markdown
from refloader.reporting.views import Views

NASTY = 'read("\x1b[1m</td><b>|`*_\\ \ud800") & 100%\nraised'
SCHEMA = Path(refloader.reporting.__file__).parent / "schema.json"


def run(*judged, **head):
    """Return a run of these results, or of the canned ones."""
    shown = list(judged) or results()
    return jsonl.Run({**HEADER, **head}, shown, jsonl.footer(shown))


def failed(text="sample 2 is never delivered", **more):
    """Return a failed result with this witness."""
    return Result(
        "coverage.no-loss",
        "MUST",
        "fail",
        blame="loader",
        witness=witness(text),
        ran=1,
        of=1,
        **more,
    )


def cases(run_):
    """Return the test cases of a run's JUnit document by name."""
    return {case.get("name"): case for case in parsed(junit(run_)).iter("testcase")}


def parsed(text):
    """Return the root of an XML document."""
    return ET.fromstring(text)  # noqa: S314 - it was written here


def test_junit_has_a_case_for_each_requirement():
    """The counts of the suite are those of its cases, and every requirement is one of them."""
    (suite,) = parsed(junit(run()))
    found = {tag: len(list(suite.iter(tag))) for tag in ("failure", "error", "skipped")}

    assert [one.requirement for one in results()] == list(cases(run()))
    assert {"failure": 3, "error": 1, "skipped": 4} == found
    assert ("9", "3", "1", "4") == tuple(
        suite.get(name) for name in ("tests", "failures", "errors", "skipped")
    )


def test_junit_tells_why_a_case_failed_or_was_skipped():
    """The message is the witness or the reason; the text explains the whole."""
    found = cases(run())
    (failure,) = found["protocol.bounds"]
    (skipped,) = found["coverage.tail"]

    assert str(results()[1].witness) == failure.get("message")
    assert "blame     loader" in failure.text
    assert "waived: the tail is dropped until issue 12" == skipped.get("message")
    assert [] == list(found["protocol.length"])


def test_junit_can_hold_whatever_a_loader_says():
    """Characters that no XML document may hold are replaced, and markup is escaped."""
    (failure,) = cases(run(failed(NASTY)))["coverage.no-loss"]

    assert 'read("\ufffd[1m</td><b>|`*_\\ \ufffd") & 100%' in failure.get("message")


def test_what_is_advisory_fails_no_case_and_raises_no_error():
    """A broken requirement that is newer than the lock is shown as such in every view."""
    advised = run(failed(), **{ADVISORY: ["coverage.no-loss"]})
    (skipped,) = cases(advised)["coverage.no-loss"]
    (command,) = commands(advised)

    assert skipped.get("message").startswith("advisory, newer than the lock: fail: n=5")
    assert command.startswith("::warning title=coverage.no-loss%3A fail%2C advisory::")
    assert "(advisory: newer than the lock)" in markdown(advised)


def test_github_is_told_what_needs_a_person():
    """Broken requirements and errors are errors, vacuous ones warnings, and the rest is silent."""
    told = [line.split(" title=")[0] for line in commands(run())]

    assert ["::error"] * 2 + ["::warning", "::error"] == told


def test_a_github_command_is_one_line():
    """What would end a command, or be taken for another, is escaped."""
    (command,) = commands(run(failed("100%\n::error::forged\r")))

    assert 1 == len(command.splitlines())
    assert "100%25%0A::error::forged%0D" in command


def test_the_summary_of_the_job_is_appended_to(monkeypatch, tmp_path):
    """What an earlier step wrote stays; without the variable nothing is written."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    summarise(run())
    untouched = summary.read_text(encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    summarise(run())

    assert "before\n" == untouched
    assert "before\n" + markdown(run()) == summary.read_text(encoding="utf-8")


def test_a_summary_that_cannot_be_written_is_a_clear_error(monkeypatch, tmp_path):
    """The file that could not be written is named."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))

    with pytest.raises(UsageError, match=r"none/summary\.md"):
        summarise(run())


def test_markdown_explains_failures_and_lists_everything():
    """A section for each broken requirement, and a row for every one."""
    page = markdown(run(*results(), failed(capsule="caps/coverage.no-loss.json")))
    rows = [line for line in page.splitlines() if line.startswith("| `")]

    assert 5 == page.count("\n### ")
    assert len(results()) + 1 == len(rows)
    assert {5} == {len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows}
    assert "- again: refloader replay caps/coverage.no-loss.json" in page


def test_markdown_shows_words_as_they_are():
    """Nothing that a loader says becomes markup, a link or a new line."""
    assert r"\<b\>\|\`\*\_\\ \#1 \@you a" == escaped("<b>|`*_\\ #1\n@you  a")


class Page(HTMLParser):
    """Collects the tags of a page and checks that each one is closed."""

    VOID = ("meta", "wbr")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        """Note a tag with its attributes."""
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the innermost tag, which has to be this one."""
        assert tag == self.open.pop()

    def handle_data(self, data):
        """Note the text."""
        self.text += data


def read_page(run_):
    """Return the parsed page; jinja2 is an extra, and without it there is none to look at."""
    pytest.importorskip("jinja2")
    page = Page()
    page.feed(html(run_))
    return page


def test_the_page_is_whole_and_needs_no_network():
    """Every tag is closed, and nothing is loaded from anywhere."""
    page = read_page(run())
    names = {tag for tag, _ in page.tags}

    assert [] == page.open
    assert not {"script", "link", "img", "iframe"} & names
    assert not [attrs for _, attrs in page.tags if {"src", "href"} & set(attrs)]


def test_the_table_of_the_page_is_one_for_a_screen_reader_too():
    """It has a caption, column headings, and a heading for each requirement's row."""
    page = read_page(run())
    scopes = [attrs.get("scope") for tag, attrs in page.tags if tag == "th"]

    assert ["col", "col"] + ["row"] * len(results()) == scopes
    assert {"caption", "main", "h1"} <= {tag for tag, _ in page.tags}
    assert ("html", {"lang": "en"}) in page.tags


def test_the_page_tells_every_verdict_in_words():
    """Neither a colour nor a glyph alone says what came out."""
    page = read_page(run())

    assert [] == [verdict for verdict in VERDICTS if f" {verdict}" not in page.text]
    assert "until issue 12" in page.text


def test_the_page_escapes_what_a_loader_says():
    """Markup in a witness is shown, not obeyed."""
    page = read_page(run(failed("</td><b>bold"), subject="<i>:make"))

    assert "</td><b>bold" in page.text
    assert not {"b", "i"} & {tag for tag, _ in page.tags}


def test_a_page_without_jinja2_is_refused_before_anything_is_judged(monkeypatch, tmp_path):
    """The message names the extra to install."""
    monkeypatch.setitem(sys.modules, "jinja2", None)

    with pytest.raises(UsageError, match=r"pip install 'refloader\[report\]'"):
        Views(html=str(tmp_path / "run.html")).prepare()


def test_views_are_written_where_they_were_asked_for(tmp_path):
    """Files are emptied at first, and hold the run in the end; annotations are said."""
    said = []
    views = Views(junit=str(tmp_path / "run.xml"), markdown=str(tmp_path / "run.md"), github=True)
    views.prepare()
    empty = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    views.show(run(failed(NASTY)), said.append)

    assert ["", ""] == empty
    assert commands(run(failed(NASTY))) == said
    assert junit(run(failed(NASTY))) == (tmp_path / "run.xml").read_text(encoding="utf-8")
    assert "coverage.no-loss" in (tmp_path / "run.md").read_text(encoding="utf-8")


def test_a_view_that_cannot_be_written_is_refused_before_anything_is_judged(tmp_path):
    """The file is named in one clear error."""
    with pytest.raises(UsageError, match=r"cannot write .*none/run\.xml"):
        Views(junit=str(tmp_path / "none" / "run.xml")).prepare()


TYPES = {
    "string": str,
    "object": dict,
    "array": list,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def faults(schema, data, where="line"):
    """Return where data is not as the part of JSON schema says that schema.json is written in."""
    schemas = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    if "$ref" in schema:
        return faults(schemas[schema["$ref"].rpartition("/")[2]], data, where)
    if "anyOf" in schema:
        found = [faults(one, data, where) for one in schema["anyOf"]]
        return [] if [] in found else found[0]
    allowed = schema.get("type", [])
    kinds = tuple(TYPES[kind] for kind in ([allowed] if isinstance(allowed, str) else allowed))
    wrong = [f"{where}: type"] * bool(kinds and not isinstance(data, kinds))
    wrong += [f"{where}: value"] * (data not in schema.get("enum", [data]))
    wrong += [f"{where}: constant"] * (data != schema.get("const", data))
    if "pattern" in schema and isinstance(data, str):
        wrong += [f"{where}: pattern"] * (re.search(schema["pattern"], data) is None)
    if isinstance(data, dict):
        wrong += [f"{where}: lacks {key}" for key in schema.get("required", []) if key not in data]
        for key, value in data.items():
            part = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            wrong += faults(part, value, f"{where}.{key}")
    if isinstance(data, list):
        wrong += [fault for one in data for fault in faults(schema.get("items", {}), one, where)]
    return wrong


def lines():
    """Return the lines of a run with a failure that has all its fields, by kind."""
    scenario = {**vars(witness("x").scenario)}
    drive = {"driver": "epochs", "scenario": scenario, "variant": None}
    whole = run(*results(), failed(drive=drive, capsule="caps/coverage.no-loss.json"))
    return [
        ("header", {**whole.header, ADVISORY: ["coverage.tail"]}),
        *(("result", json.loads(json.dumps(one.to_json()))) for one in whole.results),
        ("footer", whole.footer),
    ]


def test_every_line_of_a_run_is_of_the_schema():
    """Each is of its own kind, and of no other."""
    kinds = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    fitting = [
        [kind for kind in ("header", "result", "footer") if not faults(kinds[kind], data)]
        for _, data in lines()
    ]

    assert [[kind] for kind, _ in lines()] == fitting


def test_the_schema_knows_every_key_that_is_written():
    """A field that is added to the record needs its line in the schema."""
    kinds = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    unknown = [
        key for kind, data in lines() for key in data if key not in kinds[kind]["properties"]
    ]

    assert [] == unknown
    assert list(VERDICTS) == kinds["result"]["properties"]["verdict"]["enum"]


def test_the_schema_names_the_slugs_of_the_contract():
    """The pattern of slugs holds for each of them, and not for a chapter."""
    kinds = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    pattern = kinds["result"]["properties"]["requirement"]["pattern"]

    assert [] == [slug for slug in CATALOGUE if not re.search(pattern, slug)]
    assert re.search(pattern, "coverage") is None
