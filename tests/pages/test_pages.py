"""The pages are readable on a telephone and on a screen, in light and in dark, and by a screen reader."""

from __future__ import annotations

import pytest
from conftest import AXE

NAMES = ("run", "matrix", "spec")
WIDTHS = (390, 1440)
SCHEMES = ("light", "dark")
# axe looks at every cell, and a page has thousands of a kind: some of each kind are left to look at.
SHORTENED = """() => {
    document.querySelectorAll("details").forEach(one => { one.open = true; });
    [...document.querySelectorAll("#sheet tbody")].slice(5).forEach(one => one.remove());
    document.querySelectorAll("table:not(#sheet) tbody").forEach(
        table => [...table.rows].slice(9).forEach(row => row.remove()));
    [...document.querySelectorAll("main section")].slice(12).forEach(one => one.remove());
    const left = name => document.getElementById(decodeURIComponent(name.slice(1)));
    document.querySelectorAll("a[href^='#']").forEach(one => left(one.hash) || one.remove());
}"""


class Opened:
    """A page in the browser, with what its console said."""

    def __init__(self, browser, path, width, scheme):
        self.page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.said = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.asked = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())


@pytest.fixture
def opened(browser, pages):
    """Open pages, and close them after the test."""
    made = []

    def open_page(name, width=1440, scheme="light"):
        made.append(Opened(browser, pages[name], width, scheme))
        return made[-1]

    yield open_page
    for one in made:
        one.page.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_page_is_accessible(opened, name, width, scheme, shots):
    """Axe finds no violation of any of its rules, and the page is as it is meant to be seen."""
    page = opened(name, width, scheme).page
    page.screenshot(path=str(shots / f"{name}-{width}-{scheme}.png"))
    page.evaluate(SHORTENED)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run(document)")
    violations = {
        one["id"]: [node["html"][:200] for node in one["nodes"][:5]] for one in found["violations"]
    }

    assert found["passes"]
    assert {} == violations


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_page_never_scrolls_sideways(opened, name, width):
    """What is wider than the window scrolls in its own frame, also with everything unfolded."""
    page = opened(name, width).page
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", NAMES)
def test_page_says_nothing_and_asks_for_nothing(opened, name):
    """The console stays empty, and nothing but the file itself is loaded."""
    one = opened(name)

    assert [] == one.said
    assert [one.page.url] == one.asked


def test_matrix_is_filtered_by_words(opened):
    """Only facts whose question holds all the words are left, and the number of them is told."""
    page = opened("matrix").page
    every = page.locator("#sheet tbody:visible").count()
    page.fill("#words", "epoch hook")
    shown = page.locator("#sheet tbody:visible")
    words = [shown.nth(place).get_attribute("data-words") for place in range(shown.count())]

    assert 0 < len(words) < every
    assert all("epoch" in one and "hook" in one for one in words)
    assert f"{len(words)} facts shown" == page.inner_text("#found")


def test_matrix_is_filtered_by_releases(opened):
    """Only the columns of the chosen line of releases are left, in the heads and in the rows."""
    page = opened("matrix").page
    name = page.locator("#line option").nth(1).inner_text()
    page.select_option("#line", label=name)
    heads = page.locator("#sheet thead th:visible")
    lines = {heads.nth(place).get_attribute("data-line") for place in range(1, heads.count())}
    row = page.locator("#sheet tbody tr:visible:has(td)").first

    assert {name} == lines
    assert heads.count() == row.locator("th:visible, td:visible").count()


def test_matrix_is_filtered_by_harm(opened):
    """Rows without an answer that loaders suffer from are left out."""
    page = opened("matrix").page
    page.select_option("#rows", "harmful")
    rows = page.locator("#sheet tbody tr:visible:has(td)")

    assert rows.count() > 0
    assert rows.count() == page.locator("#sheet tbody tr[data-harmful]:visible").count()


def test_link_to_a_fact_shows_it_despite_the_filter(opened):
    """A fact that a filter hides is shown as soon as a link leads to it."""
    page = opened("matrix").page
    hidden = page.locator("#sheet tbody[id]").first.get_attribute("id")
    page.fill("#words", "nothing holds these words")
    page.evaluate("name => { location.hash = name; }", hidden)

    page.wait_for_selector(f"[id='{hidden}']:not([hidden])")
    assert not page.input_value("#words")


def test_contents_of_the_spec_are_folded_on_a_telephone(opened):
    """On a small screen the contract begins at once; on a large one its contents stand beside it."""
    assert not opened("spec", 390).page.evaluate("document.getElementById('contents').open")
    assert opened("spec", 1440).page.evaluate("document.getElementById('contents').open")


def test_every_link_within_a_page_leads_somewhere(opened):
    """No reference to a requirement, a step or a fact is dead."""
    script = """[...document.querySelectorAll("a[href^='#']")]
        .map(one => decodeURIComponent(one.hash.slice(1)))
        .filter(name => !document.getElementById(name))"""

    assert {name: [] for name in NAMES} == {
        name: opened(name).page.evaluate(script) for name in NAMES
    }
