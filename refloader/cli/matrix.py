"""``refloader matrix``: the runs of many environments on one page."""

from __future__ import annotations

import datetime as dt
import shlex
from typing import Optional, Tuple

import click


@click.command()
@click.argument("results", nargs=-1, required=True)
@click.option("--html", metavar="FILE", help="Write one page that needs no network.")
@click.option("--markdown", metavar="FILE", help="Write Markdown.")
def matrix(results: Tuple[str, ...], html: Optional[str], markdown: Optional[str]) -> None:
    """Lay RESULTS of many environments side by side, by release.

    RESULTS are files, or folders of them: facts (.json, of refloader facts) and verdicts on loaders
    (.jsonl, of refloader check).

    \b
      refloader matrix fixtures/facts --html matrix.html
      refloader matrix fixtures/facts runs --html matrix.html --markdown matrix.md

    The files tell on which day and by which command they were made.
    """
    # Imported here: the help must not wait for NumPy.
    from refloader.record.matrix import merged  # noqa: PLC0415
    from refloader.reporting import files, matrix_page  # noqa: PLC0415

    found = merged(results)
    if html is not None or markdown is not None:
        found.made = _made(results, html=html, markdown=markdown)
    views = ((html, matrix_page.html), (markdown, matrix_page.markdown))
    for path, made in views:
        if path is not None:
            files.write(path, made(found))
    if html is None and markdown is None:
        click.echo(matrix_page.markdown(found), nl=False)


def _made(results: Tuple[str, ...], **files: Optional[str]) -> str:
    """Return in words when and by which command the files are made."""
    words = ["refloader", "matrix", *results]
    for option, path in files.items():
        words += [f"--{option}", path] if path is not None else []
    today = dt.date.today().isoformat()  # noqa: DTZ011 - the day where it is made
    return f"made on {today} by {' '.join(map(shlex.quote, words))}"
