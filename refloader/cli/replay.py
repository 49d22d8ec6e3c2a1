"""``refloader replay``: one failure again, from its capsule."""

from __future__ import annotations

import sys
from typing import Any

import click

EPILOG = """\b
Exit codes:
  0  gone: the requirement is kept in this drive now
  1  same or different: it is still broken
  2  it cannot be made again here
"""
GONE = 0
BROKEN = 1
LABEL_WIDTH = 6


@click.command(epilog=EPILOG)
@click.argument("path", metavar="CAPSULE")
@click.option("--standalone", is_flag=True, help="Print a script that shows it without refloader.")
def replay(path: str, standalone: bool) -> None:  # noqa: FBT001 - click passes by keyword
    r"""Make the drive of one failure again, in this environment.

    \b
      refloader check loaders.py:make --capsules failures
      refloader replay failures/coverage.no-loss.json

    MODULE:FACTORY is found as by refloader check, from the current directory.
    """
    # Imported here: the help must not wait for NumPy and Hypothesis.
    from refloader.capsule import read  # noqa: PLC0415
    from refloader.standalone import script  # noqa: PLC0415

    capsule = read(path)
    if standalone:
        click.echo(script(capsule), nl=False)
    else:
        sys.exit(_again(capsule))


def _again(capsule: Any) -> int:
    from refloader.capsule import same  # noqa: PLC0415 - as above
    from refloader.frameworks.installed import versions  # noqa: PLC0415
    from refloader.reporting.wording import version_words  # noqa: PLC0415

    now = _replayed(capsule)
    outcome = "gone" if now is None else "same" if same(now, capsule.witness) else "different"
    click.echo(f"{outcome}: {capsule.requirement}, {capsule.scenario} [{capsule.driver}]")
    for label, text, environment in (
        ("then", capsule.witness, capsule.versions),
        ("now", "kept" if now is None else now, versions()),
    ):
        click.echo(f"  {label.ljust(LABEL_WIDTH)}{text}")
        click.echo(f"  {' ' * LABEL_WIDTH}{version_words(environment)}")
    return GONE if now is None else BROKEN


def _replayed(capsule: Any) -> Any:
    from refloader.capsule import replay as again  # noqa: PLC0415 - as above
    from refloader.checking import unusable  # noqa: PLC0415
    from refloader.cli.subjects import find_callable  # noqa: PLC0415
    from refloader.driving.watch import SuiteError  # noqa: PLC0415
    from refloader.errors import AdapterError, UsageError  # noqa: PLC0415

    factory = find_callable(capsule.subject)
    identify = find_callable(capsule.identify) if capsule.identify else None
    try:
        return again(capsule, factory, identify)
    except (AdapterError, SuiteError) as error:
        raise UsageError(unusable(capsule.subject, error)) from None
