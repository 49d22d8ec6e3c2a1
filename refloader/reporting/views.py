"""What a run is shown in beside the terminal: files for CI, and annotations on standard output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Optional, Tuple

from refloader.reporting import github, html, junit, markdown
from refloader.reporting.files import write
from refloader.reporting.jsonl import Run

View = Callable[[Run], str]


@dataclass(frozen=True)
class Views:
    """The views that were asked for: the file of each, and whether GitHub is told."""

    junit: Optional[str] = None
    markdown: Optional[str] = None
    html: Optional[str] = None
    github: bool = False

    def prepare(self) -> None:
        """Empty the files, so that no earlier run is taken for this one.

        Raises UsageError, before anything is judged, for a view that could not be made in the end.
        """
        if self.html is not None:
            html.template()
        for path, _ in self._files():
            write(path, "")

    def show(self, run: Run, say: Callable[[str], None]) -> None:
        """Write the files, and hand each annotation to `say`."""
        for path, view in self._files():
            write(path, view(run))
        if self.github:
            for line in github.commands(run):
                say(line)
            github.summarise(run)

    def _files(self) -> List[Tuple[str, View]]:
        asked = (
            (self.junit, junit.junit),
            (self.markdown, markdown.markdown),
            (self.html, html.html),
        )
        return [(path, view) for path, view in asked if path is not None]
