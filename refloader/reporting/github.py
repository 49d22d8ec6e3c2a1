"""A run as annotations of a GitHub workflow, and as the summary of its job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List, Optional

from refloader.contract import verdict
from refloader.contract.verdict import Result
from refloader.errors import UsageError
from refloader.reporting.hangs import repeated
from refloader.reporting.jsonl import Run
from refloader.reporting.lock import is_advisory
from refloader.reporting.markdown import markdown
from refloader.reporting.wording import FAILED, advice

SUMMARY = "GITHUB_STEP_SUMMARY"


def commands(run: Run) -> List[str]:
    """Return a workflow command for each requirement that is broken, an error, or vacuous.

    Of the requirements that one hang breaks there is one, as GitHub shows ten of a step, and no more.
    """
    also = repeated(run.results)
    echoes = {slug for others in also.values() for slug in others}
    lines = (
        _annotation(one, also.get(one.requirement, []), advisory=is_advisory(run.header, one))
        for one in run.results
        if one.requirement not in echoes
    )
    return [line for line in lines if line is not None]


def summarise(run: Run) -> None:
    """Append the run's page to the job's summary, where the environment names its file.

    Raises UsageError where that file cannot be written.
    """
    path = os.environ.get(SUMMARY)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(markdown(run))
    except OSError as error:
        msg = f"cannot write the job's summary to {path!r}: {error.strerror}"
        raise UsageError(msg) from error


def _annotation(result: Result, also: List[str], *, advisory: bool) -> Optional[str]:
    title = f"{result.requirement}: {result.verdict}"
    if result.broken:
        text = f"{result.witness}\nblame: {result.blame}\nfix: {advice(result)}"
        if also:
            text += f"\nthe same hang: {', '.join(also)}"
        if advisory:
            return _command("warning", f"{title}, advisory", text)
        return _command("error", title, text)
    if result.verdict == verdict.ERROR:
        return _command("error", title, result.reason or FAILED)
    if result.verdict == verdict.VACUOUS:
        return _command("warning", title, result.reason or "")
    return None


def _command(kind: str, title: str, text: str) -> str:
    return f"::{kind} title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    """Return a text with what would end a workflow command escaped."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
