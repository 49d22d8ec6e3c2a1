"""``refloader new``: a loader and its guard, to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from refloader.errors import UsageError

SKELETON = Path(__file__).with_name("skeleton")
NAMES = ("loader.py", "test_loader.py")


@click.command()
@click.argument("path", metavar="PATH", type=click.Path(file_okay=False, path_type=Path))
def new(path: Path) -> None:
    """Write a loader of image files and its guard into the folder PATH.

    Both are right as they are: change the loader into your own, and let the guard say when it no
    longer keeps the contract. Files that are there already are left alone.

    \b
      refloader new my_project
      cd my_project && pytest
    """
    there = [str(path / name) for name in NAMES if (path / name).exists()]
    if there:
        raise UsageError(f"{' and '.join(there)} would be overwritten: choose another folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            (path / name).write_bytes((SKELETON / name).read_bytes())
    except OSError as error:
        raise UsageError(f"cannot write to {str(path)!r}: {error.strerror}") from None
    for name in NAMES:
        click.echo(path / name)
    click.echo(f"\nnow: cd {path} && pytest")
