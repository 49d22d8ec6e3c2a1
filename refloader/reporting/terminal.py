"""The report that a person reads in a terminal, written line by line as the verdicts arrive."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Iterable, List, Optional, Set, Tuple

from rich.console import Console
from rich.text import Text

from refloader.contract import verdict
from refloader.contract.policy import Policy
from refloader.contract.verdict import Result
from refloader.reporting.hangs import Told, same_as
from refloader.reporting.stacks import shortened
from refloader.reporting.wording import (
    LABEL_WIDTH,
    alike_words,
    budget_words,
    counted,
    explained,
    exploring_words,
    hanging,
    policy_words,
    version_words,
)

# Longer lines are hard to read, however wide the terminal is.
WIDEST = 100
WORD_WIDTH = 1 + max(map(len, verdict.VERDICTS))
SLUG_WIDTH = 31
DETAIL_INDENT = 6

STYLES = {
    verdict.PASS: "green",
    verdict.FAIL: "bold red",
    verdict.HANG: "bold magenta",
    verdict.WAIVED: "yellow",
    verdict.NOT_APPLICABLE: "dim",
    verdict.VACUOUS: "yellow",
    verdict.UNAVAILABLE: "dim",
    verdict.ERROR: "bold white on red",
}
_GLYPHS = dict(zip(verdict.VERDICTS, "✓✗⧗~·○·!"))
_PLAIN_GLYPHS = dict(zip(verdict.VERDICTS, "+x%~-o-!"))


class Terminal:
    """Writes a run to a console: the header, a line a requirement under its chapter, the counts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(console.width, WIDEST)
        self._chapter: Optional[str] = None
        self._stacks: Set[Tuple[str, ...]] = set()
        self._hangs = Told()

    def header(self, head: Dict[str, Any]) -> None:
        """Write what is judged, and in what surroundings."""
        self._print(Text(f"refloader {head['refloader']}, contract {head['contract']}", "bold"))
        for label, text in (
            ("loader", head["subject"]),
            ("policy", policy_words(Policy(**head["policy"]))),
            ("versions", version_words(head["versions"])),
            *([("budget", budget_words(head))] if "budget" in head else []),
            *([("explores", exploring_words(head))] if "exploring" in head else []),
            *([("alike", alike_words(head))] if "alike" in head else []),
        ):
            self._lines(hanging(label.ljust(LABEL_WIDTH), text, self._width))

    def result(self, result: Result) -> None:
        """Write the verdict on one requirement, and what explains it where it is no pass."""
        chapter = result.requirement.partition(".")[0]
        if chapter != self._chapter:
            self._print(Text(f"\n{chapter}", "bold"))
            self._chapter = chapter
        self._verdict(result)
        for line in self._explained(result):
            text = Text(line)
            text.stylize("bold", 0, DETAIL_INDENT + LABEL_WIDTH)
            self._print(text)

    def _explained(self, result: Result) -> List[str]:
        first = self._hangs.before(result)
        if first is not None:
            head = " " * DETAIL_INDENT + "witness".ljust(LABEL_WIDTH)
            return hanging(head, same_as(first), self._width)
        return explained(self._without_known_stacks(result), self._width, DETAIL_INDENT)

    def closing(self, results: Iterable[Result]) -> None:
        """Write the counts."""
        self._print(Text())
        for line in counted(results):
            self._lines(hanging("", line, self._width))

    def _without_known_stacks(self, result: Result) -> Result:
        """Return the result without stacks that were shown: one hang breaks many requirements."""
        if result.verdict != verdict.HANG or result.detail is None:
            return result
        stacks = tuple(shortened(result.detail))
        if stacks in self._stacks:
            return dataclasses.replace(result, detail=None)
        self._stacks.add(stacks)
        return result

    def _verdict(self, result: Result) -> None:
        told_below = result.verdict == verdict.ERROR or result.broken
        note = "" if told_below else result.reason or ""
        head = f"  {label(result.verdict, self._console).ljust(WORD_WIDTH + 2)}"
        lines = hanging(f"{head}{result.requirement.ljust(SLUG_WIDTH)}", note, self._width)
        first = Text(lines[0])
        first.stylize(STYLES[result.verdict], 2, len(head))
        self._print(first)
        self._lines(lines[1:])

    def _lines(self, lines: List[str]) -> None:
        for line in lines:
            self._print(Text(line))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


def label(status: str, console: Console) -> str:
    """Return the glyph and the word of a verdict; an ASCII glyph where the console has no other."""
    glyphs = _GLYPHS if console.encoding.startswith("utf") else _PLAIN_GLYPHS
    return f"{glyphs[status]} {status}"
