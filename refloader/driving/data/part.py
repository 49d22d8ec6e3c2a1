"""Some of the samples of a data set, as a factory sees them: what a validation split is."""

from __future__ import annotations

from typing import Any

from refloader.driving.data.samples import Arrays, Samples

#: What has one entry for each sample.
_BY_ROW = ("ids", "labels", "weights", "paths", "frame", "arrays", "images")


class Part:
    """The samples from one to before another; what is handed out is the part's own.

    A folder of files cannot be split this way: it has no `directory` of its own.
    """

    def __init__(self, samples: Samples, first: int, end: int) -> None:
        self._samples = samples
        self._rows = slice(first, end)

    def __len__(self) -> int:
        return self._rows.stop - self._rows.start

    def __getattr__(self, name: str) -> Any:
        """Return what the whole has by this name, cut to the part where that goes by rows."""
        if name.startswith("_"):
            raise AttributeError(name)
        made = getattr(self._samples, name)
        return self._cut(made) if name in _BY_ROW else made

    def _cut(self, made: Any) -> Any:
        if isinstance(made, Arrays):
            return Arrays(*map(self._cut, made))
        rows = getattr(made, "iloc", made)[self._rows]
        return list(rows) if isinstance(rows, list) else rows.copy()
