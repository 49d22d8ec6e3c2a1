"""``refloader demo``: the command; what it shows is in refloader.demo."""

from __future__ import annotations

import click


@click.command()
def demo() -> None:
    """Judge a published loader beside the reference loader.

    The one is from an article that many have copied.

    Takes about half a minute, and longer where a Keras is installed: it is trained with, too.
    """
    # Imported here: the help must not wait for NumPy and Hypothesis.
    from refloader.demo.show import show  # noqa: PLC0415

    show()
