"""``refloader replay``: the command; what it does is in refloader.cli.replaying."""

from __future__ import annotations

import sys

import click

EPILOG = """\b
Exit codes:
  0  gone: the requirement is kept in this drive now (or the script was printed)
  1  same or different: it is still broken
  2  it cannot be made again here, or has no script
"""


@click.command(epilog=EPILOG)
@click.argument("path", metavar="CAPSULE")
@click.option("--standalone", is_flag=True, help="Print a script that shows it without refloader.")
def replay(path: str, standalone: bool) -> None:  # noqa: FBT001 - click passes by keyword
    """Make the drive of one failure again, in this environment.

    \b
      refloader check loaders.py:make --capsules failures
      refloader replay failures/coverage.no-loss.json
      refloader replay failures/coverage.no-loss.json --standalone > show.py

    A script of its own can be printed for coverage.no-loss, coverage.no-repeat, coverage.no-invention,
    protocol.restart, purity.repeatable and purity.order-free.

    MODULE:FACTORY is found as by refloader check, from the current directory.
    """
    # Imported here: the help must not wait for NumPy and Hypothesis.
    from refloader.cli.replaying import again, printed  # noqa: PLC0415

    sys.exit(printed(path) if standalone else again(path))
