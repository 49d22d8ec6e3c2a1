"""A hang that breaks many requirements is told of once, in every view that people read from top to bottom."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import List

from canned_results import HEADER, results
from rich.console import Console

from refloader.contract.verdict import Result
from refloader.reporting import jsonl
from refloader.reporting.github import commands
from refloader.reporting.html import html
from refloader.reporting.markdown import markdown
from refloader.reporting.terminal import Terminal

HANG = next(result for result in results() if result.verdict == "hang")
WITNESS = str(HANG.witness)


def hangs() -> List[Result]:
    """Return three requirements that one hang breaks, and one that another does."""
    same = [replace(HANG, requirement=slug) for slug in ("coverage.tail", "pairing.label")]
    other = replace(HANG, requirement="workers.order", witness=f"{WITNESS} elsewhere")
    return [HANG, *same, other]


def run() -> jsonl.Run:
    """Return a run of these results."""
    return jsonl.Run(dict(HEADER), hangs(), jsonl.footer(hangs()))


def terminal() -> str:
    """Return what a terminal shows of them."""
    text = io.StringIO()
    shown = Terminal(Console(file=text, width=200))
    for result in hangs():
        shown.result(result)
    return text.getvalue()


def test_the_terminal_explains_a_hang_once() -> None:
    """The others name the requirement under which it stands."""
    assert 2 == terminal().count(f"witness   the same hang as in {HANG.requirement}")
    assert 2 == terminal().count("fix  ")


def test_markdown_explains_a_hang_once() -> None:
    """Each requirement has its heading still."""
    page = markdown(run())

    assert 2 == page.count("- fix: ")
    assert 4 == page.count("hang: `")
    assert 2 == page.count(f"the same hang as in {HANG.requirement}")


def test_github_gets_one_annotation_of_a_hang() -> None:
    """It names the others: of a step no more than ten are shown."""
    first, other = commands(run())

    assert first.endswith("the same hang: coverage.tail, pairing.label")
    assert "the same hang" not in other


def test_the_page_explains_a_hang_once() -> None:
    """Its rows are those of all requirements."""
    page = html(run())

    assert 2 == page.count(f"the same hang as in {HANG.requirement}")
    assert 2 == page.count("See in the stacks what is waited for")
