"""What ``refloader replay`` does: make the drive of a capsule again and compare the witnesses."""

from __future__ import annotations

from typing import Optional

import click

from refloader import capsule
from refloader.capsule import Capsule
from refloader.checking import unusable
from refloader.cli.subjects import find_callable
from refloader.driving.processes.nursery import SuiteError
from refloader.errors import AdapterError, UsageError
from refloader.frameworks.installed import versions
from refloader.reporting.wording import version_words
from refloader.standalone import script

GONE = 0
BROKEN = 1


def again(path: str) -> int:
    """Make the drive of a capsule again, tell both witnesses, and return the exit code.

    Raises UsageError where it cannot be made here.
    """
    read = capsule.read(path)
    now = _witness(read)
    click.echo(f"{_outcome(read, now)}: {read.requirement}, {read.scenario} [{read.driver}]")
    for label, text, environment in (
        ("then", read.witness, read.versions),
        ("now", now or "kept", versions()),
    ):
        click.echo(f"  {label:<6}{text}\n        ({version_words(environment)})")
    return GONE if now is None else BROKEN


def printed(path: str) -> int:
    """Print the script of a capsule; raises UsageError where it has none."""
    click.echo(script(capsule.read(path)), nl=False)
    return 0


def _outcome(read: Capsule, now: Optional[str]) -> str:
    if now is None:
        return "gone"
    return "same" if capsule.same(now, read.witness) else "different"


def _witness(read: Capsule) -> Optional[str]:
    factory = find_callable(read.subject)
    identify = find_callable(read.identify) if read.identify else None
    try:
        return capsule.replay(read, factory, identify)
    except (AdapterError, SuiteError) as error:
        raise UsageError(unusable(read.subject, error)) from None
