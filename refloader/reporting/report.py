"""The outcome of judging one loader, to look at, to print and to keep."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Union

from rich.console import Console

from refloader.contract import verdict
from refloader.contract.verdict import Counts, Result
from refloader.reporting import jsonl
from refloader.reporting.terminal import Terminal
from refloader.reporting.wording import PLAIN_WIDTH

KEPT = 0
BROKEN = 1
UNUSABLE = 2
HANG = 3
#: What a shell makes of SIGINT, 128 + 2.
INTERRUPTED = 130


@dataclass(frozen=True)
class Report:
    """The results of one run, in the order of the contract; as text it is the terminal's report.

    header -- what was judged and in what surroundings, as in the JSON lines
    """

    header: Dict[str, Any]
    results: List[Result]

    @property
    def broken(self) -> List[Result]:
        """The results of the requirements that the loader breaks (fail or hang)."""
        return [result for result in self.results if result.broken]

    @property
    def passed(self) -> bool:
        """Whether something was judged, and all of it was kept."""
        return self.exit_code == KEPT

    @property
    def exit_code(self) -> int:
        """0 kept, 1 broken, 2 nothing was judged or the suite failed, 3 hang."""
        counts = Counts.of(self.results)
        if counts.by_verdict[verdict.ERROR] or not counts.ran:
            return UNUSABLE
        if counts.by_verdict[verdict.HANG]:
            return HANG
        return BROKEN if counts.by_verdict[verdict.FAIL] else KEPT

    def to_jsonl(self, path: Union[str, Path]) -> None:
        """Write the run to a file of JSON lines; raises UsageError where that cannot be done."""
        jsonl.write(path, self.header, self.results)

    def __str__(self) -> str:
        """Return the report as plain text."""
        text = io.StringIO()
        terminal = Terminal(Console(file=text, width=PLAIN_WIDTH, color_system=None))
        terminal.header(self.header)
        for result in self.results:
            terminal.result(result)
        terminal.closing(self.results)
        return text.getvalue()
