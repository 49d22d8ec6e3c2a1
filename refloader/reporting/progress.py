"""The bar that shows, on a terminal only, that the judging goes on."""

from __future__ import annotations

import contextlib
from typing import ContextManager, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from refloader.contract.drives import DESCRIPTIONS

#: What a check does before its first drive.
LOOKING = "looks at the factory"


class Bar:
    """A bar over so many steps, with what is being done beside it."""

    def __init__(self, progress: Progress, total: int, doing: str) -> None:
        self._progress = progress
        self._task = progress.add_task(doing, total=total)
        self._drives = 0

    def doing(self, what: str) -> None:
        """Show what is being done now."""
        self._progress.update(self._task, description=what)

    def drive(self, driver: str) -> None:
        """Show that one more drive was made."""
        self._drives += 1
        self.doing(f"drive {self._drives}: {DESCRIPTIONS[driver].partition(',')[0]}")

    def advance(self) -> None:
        """Show that one more step is done."""
        self._progress.advance(self._task)


@contextlib.contextmanager
def bar(console: Console, total: int, doing: str) -> Iterator[Bar]:
    """Show a bar on the console while the block runs, and nothing where it is no terminal."""
    progress = Progress(
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(bar_width=20),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
    )
    # Asked of the file: a console may be told to use colours where nobody watches. And not left to
    # `disable`, with which older releases of rich still end in an empty line.
    watched: ContextManager[object] = (
        progress if console.file.isatty() else contextlib.nullcontext()
    )
    with watched:
        yield Bar(progress, total, doing)
