"""The bar that shows, on a terminal only, that the judging goes on."""

from __future__ import annotations

import contextlib
from typing import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from refloader.contract.drives import DESCRIPTIONS


class Bar:
    """A bar over the requirements, with what is being done beside it."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("looks at the factory", total=total)
        self._drives = 0

    def drive(self, driver: str) -> None:
        """Show that one more drive was made."""
        self._drives += 1
        doing = DESCRIPTIONS[driver].partition(",")[0]
        self._progress.update(self._task, description=f"drive {self._drives}: {doing}")

    def judged(self) -> None:
        """Show that one more requirement was judged."""
        self._progress.advance(self._task)


@contextlib.contextmanager
def bar(console: Console, total: int) -> Iterator[Bar]:
    """Show a bar on the console while the block runs, and nothing where it is no terminal."""
    progress = Progress(
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(bar_width=20),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
        # A console may be told to use colours where nobody watches: a log wants no moving bar.
        disable=not console.file.isatty(),
    )
    with progress:
        yield Bar(progress, total)
