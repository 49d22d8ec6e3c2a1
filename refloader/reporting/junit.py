"""A run as JUnit XML, which every CI system reads: a test case a requirement."""

from __future__ import annotations

import re
from typing import Optional, Tuple
from xml.etree import ElementTree as ET

from refloader.contract import verdict
from refloader.contract.verdict import Counts, Result
from refloader.reporting.jsonl import Run
from refloader.reporting.lock import is_advisory
from refloader.reporting.wording import PLAIN_WIDTH, failure, version_words

# What XML 1.0 cannot hold at all, not even escaped; a loader's errors may contain it.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FAILURES = frozenset({verdict.FAIL, verdict.HANG})
_SKIPPED = frozenset(verdict.VERDICTS) - _FAILURES - {verdict.PASS, verdict.ERROR}


def junit(run: Run) -> str:
    """Return the run as a JUnit document.

    What is broken is a failure, what the suite could not judge an error, and what was not judged,
    is waived or is advisory is skipped, with the reason.
    """
    cases = [_case(result, advisory=is_advisory(run.header, result)) for result in run.results]
    kinds = [part.tag for case in cases for part in case]
    suite = ET.Element(
        "testsuite",
        name=_written(f"refloader {run.header['subject']}"),
        tests=str(Counts.of(run.results).total),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
    )
    suite.append(_properties(run))
    suite.extend(cases)
    suites = ET.Element("testsuites")
    suites.append(suite)
    text: str = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _properties(run: Run) -> ET.Element:
    properties = ET.Element("properties")
    for name, value in (
        ("refloader", run.header["refloader"]),
        ("contract", run.header["contract"]),
        ("versions", version_words(run.header["versions"])),
        ("platform", run.header["platform"]),
    ):
        ET.SubElement(properties, "property", name=name, value=_written(value))
    return properties


def _case(result: Result, *, advisory: bool) -> ET.Element:
    chapter = result.requirement.partition(".")[0]
    case = ET.Element("testcase", classname=f"refloader.{chapter}", name=result.requirement)
    outcome = _outcome(result, advisory=advisory)
    if outcome is not None:
        tag, message = outcome
        part = ET.SubElement(case, tag, message=_written(message), type=result.verdict)
        if tag != "skipped":
            part.text = _written(failure(result, PLAIN_WIDTH))
    return case


def _outcome(result: Result, *, advisory: bool) -> Optional[Tuple[str, str]]:
    """Return the element that says what came out, and its message; None for a pass."""
    if result.verdict in _FAILURES and advisory:
        return "skipped", f"advisory, newer than the lock: {result.verdict}: {result.witness}"
    if result.verdict in _FAILURES:
        return "failure", str(result.witness)
    if result.verdict == verdict.ERROR:
        return "error", result.reason or "refloader itself failed"
    if result.verdict in _SKIPPED:
        return "skipped", f"{result.verdict}: {result.reason}"
    return None


def _written(text: str) -> str:
    """Return the text with a replacement character for each that XML cannot hold."""
    return _UNWRITABLE.sub("\ufffd", text)
