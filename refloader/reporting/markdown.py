"""A run as Markdown, for the summary page of a CI job."""

from __future__ import annotations

import re
from typing import Iterable, List, Optional

from refloader.contract import verdict
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.contract.verdict import Result
from refloader.reporting.hangs import Told, same_as
from refloader.reporting.jsonl import Run
from refloader.reporting.lock import is_advisory
from refloader.reporting.wording import FAILED, advice, counted, policy_words, version_words

# Also what only some renderers read: HTML tags, and names and numbers that GitHub makes links of.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~&#@])")
_SIGNS = dict(zip(verdict.VERDICTS, "✅❌⏳🟡⚪⚠⚪❗"))


def markdown(run: Run) -> str:
    """Return the run as a page: the counts, what is broken and why, and a table of all verdicts."""
    head = run.header
    lines = [
        f"## refloader: {escaped(head['subject'])}",
        "",
        *(f"- {escaped(line)}" for line in counted(run.results)),
        f"- policy: {escaped(policy_words(Policy(**head['policy'])))}",
        f"- refloader {head['refloader']}, contract {head['contract']}",
        f"- versions: {escaped(version_words(head['versions']))}",
        "",
    ]
    hangs = Told()
    for result in run.results:
        first = hangs.before(result)
        if result.broken or result.verdict == verdict.ERROR:
            lines += _section(result, first, advisory=is_advisory(head, result))
    return "\n".join([*lines, *_table(run.results), ""])


def escaped(text: str) -> str:
    """Return a text as one line that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _section(result: Result, first: Optional[str], *, advisory: bool) -> List[str]:
    note = " (advisory: newer than the lock)" if advisory else ""
    heading = f"### {_SIGNS[result.verdict]} {result.verdict}: `{result.requirement}`{note}"
    if result.verdict == verdict.ERROR:
        return [heading, "", escaped(result.reason or FAILED), ""]
    if first is not None:
        return [heading, "", escaped(same_as(first)), ""]
    requirement = find(result.requirement)
    lines = [
        heading,
        "",
        f"**{escaped(str(result.witness))}**",
        "",
        f"- {result.level}: {escaped(requirement.statement)}",
        f"- blame: {result.blame}",
        f"- fix: {escaped(advice(result))}",
    ]
    if result.capsule is not None:
        lines.append(f"- again: refloader replay {escaped(result.capsule)}")
    return [*lines, ""]


def _table(results: Iterable[Result]) -> List[str]:
    rows = [
        f"| `{one.requirement}` | {one.level} | {_SIGNS[one.verdict]} {one.verdict} "
        f"| {one.ran} of {one.of} | {escaped(one.reason or '')} |"
        for one in results
    ]
    return [
        "<details><summary>All requirements</summary>",
        "",
        "| requirement | level | verdict | drives judged | note |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
        "</details>",
    ]
