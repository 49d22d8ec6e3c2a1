"""``refloader upgrade``: what changes for a loader from one recorded Keras to another."""

from __future__ import annotations

from typing import Optional

import click


@click.command()
@click.argument("before", metavar="FROM")
@click.argument("after", metavar="TO")
@click.option(
    "--record",
    metavar="FOLDER",
    help="Where the recorded facts are; those that came with refloader, if not given.",
)
def upgrade(before: str, after: str, record: Optional[str]) -> None:
    """Tell what changes for a loader between two recorded environments.

    Name them in full, or by whole parts from the beginning: of several Pythons the newest is taken
    then, and of several backends TensorFlow. Nothing is measured: it is all on record.

    \b
      refloader upgrade tf2.15 keras3.15
      refloader upgrade keras2.2.5-tf1.15.0-py3.7 tf2.4
    """
    # Imported here: the help must not wait for NumPy.
    from refloader.record.store import read_all, shipped  # noqa: PLC0415
    from refloader.record.upgrade import upgrade as compare  # noqa: PLC0415
    from refloader.reporting.upgrading import told  # noqa: PLC0415

    click.echo("\n".join(told(compare(before, after, read_all(record or shipped())))))
