"""``refloader facts``: what the installed framework does, and what changed against the record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Optional, Tuple

import click

if TYPE_CHECKING:
    from refloader.record.store import Record


@click.command()
@click.option("--only", multiple=True, metavar="SLUG", help="Measure these (repeatable).")
@click.option(
    "--repeats", type=click.IntRange(0), default=0, help="How often to try where chance may decide."
)
@click.option("--json", "json_file", metavar="FILE", help="Write the facts as one JSON object too.")
@click.option("--jsonl", metavar="FILE", help="Write the facts as JSON lines too.")
@click.option(
    "--record",
    metavar="FOLDER",
    help="Write FOLDER/ENVIRONMENT.json; with --only, change these facts in it.",
)
@click.option("--against", metavar="FOLDER", help="Compare with the records there.")
def facts(
    only: Tuple[str, ...], repeats: int, against: Optional[str], **kept: Optional[str]
) -> None:
    """Measure what the installed Keras really does to a loader.

    \b
      refloader facts
      refloader facts --only hook --only peek.items
      refloader facts --record fixtures/facts
      refloader facts --against fixtures/facts

    With --against each change is named, with the recorded releases that had the answer, and what to
    do about it; any change is exit code 1. Where chance decides, the answers seen are a set, and
    part of that set is no change.
    """
    # Imported here: the help must not wait for NumPy.
    from rich.console import Console  # noqa: PLC0415

    from refloader.record.catalogue import choose_facts  # noqa: PLC0415
    from refloader.record.store import Record, read_all  # noqa: PLC0415
    from refloader.reporting import facts_terminal  # noqa: PLC0415

    console = Console(highlight=False)
    chosen = choose_facts(only)
    found = Record.here()
    known = read_all(against) if against is not None else []
    _prepare(**kept)
    facts_terminal.measured(console, found, [fact.slug for fact in chosen], repeats)
    _keep(found, whole=not only, **kept)
    if against is None:
        facts_terminal.table(console, found)
        return
    sys.exit(1 if facts_terminal.compared(console, found, known, chosen) else 0)


def _prepare(json_file: Optional[str], jsonl: Optional[str], record: Optional[str]) -> None:
    """Raise UsageError, before the minutes that it takes to measure, where it could not be kept."""
    from refloader.reporting.files import make_folder, writable  # noqa: PLC0415 - as above

    for file in filter(None, (json_file, jsonl)):
        writable(file)
    if record is not None:
        make_folder(record, "records")


def _keep(
    found: Record,
    json_file: Optional[str],
    jsonl: Optional[str],
    record: Optional[str],
    *,
    whole: bool,
) -> None:
    """Write the facts into each file that was named.

    whole -- whether they are all that there are
    """
    if json_file is not None:
        found.write(json_file)
    if jsonl is not None:
        _write_lines(jsonl, found.to_json())
    if record is not None:
        _enter(found, record, whole=whole)


def _enter(found: Record, folder: str, *, whole: bool) -> None:
    """Write the facts as the environment's record, or where they are not all of them, into it."""
    from refloader.record.store import read  # noqa: PLC0415 - as above

    path = Path(folder, f"{found.environment}.json")
    entered = found if whole or not path.exists() else read(path)
    entered.update(found)
    entered.write(path)


def _write_lines(path: str, data: dict) -> None:  # type: ignore[type-arg]
    """Write a header, an object a fact and setting, and a footer with the count."""
    from refloader.reporting import jsonl  # noqa: PLC0415 - as above

    answers = data.pop("facts")
    rows = [
        {"fact": fact, "setting": setting, "seen": seen}
        for fact, settings in answers.items()
        for setting, seen in settings.items()
    ]
    with jsonl.Writer(path) as writer:
        for line in (dict(data, facts=True), *rows, {"footer": True, "of": len(rows)}):
            writer.write(line)
