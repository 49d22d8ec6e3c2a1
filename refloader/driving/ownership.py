"""Whose a source file is: the user's own, of an installed package, of the standard library or of the suite."""

from __future__ import annotations

import sysconfig
from functools import lru_cache
from pathlib import Path

_INSTALLED = ("site-packages", "dist-packages")
_STANDARD = tuple({sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib")})
# The end of a path, as an installed copy of the suite may drive what a checkout judges.
_SUITE = frozenset(("refloader", path.name) for path in Path(__file__).parents[1].iterdir())


# Kept, as it is asked at each call of a function while calls are held up.
@lru_cache(maxsize=None)
def is_own(file: str, *, installed: bool = False) -> bool:
    """Say whether a file is the user's own, or with `installed`, of a package that is installed."""
    if file.startswith("<") or is_suite(file):
        return False
    third = is_installed(file)
    return third if installed else not third and not file.startswith(_STANDARD)


def is_suite(file: str) -> bool:
    """Say whether a file is of the suite."""
    parts = Path(file).parts
    return not _SUITE.isdisjoint(zip(parts, parts[1:]))


def is_installed(file: str) -> bool:
    """Say whether a file is of a package that is installed."""
    return not set(_INSTALLED).isdisjoint(Path(file).parts)
