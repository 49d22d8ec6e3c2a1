"""What a process may use at most, as `ulimit` shows it: everybody's, and not a loader's to lower."""

from __future__ import annotations

import resource
from typing import Dict


def limits() -> Dict[str, float]:
    """Return the limits by name; one that was raised is as good as it was."""
    return {name: min(_soft(name), usual) for name, usual in _USUAL.items()}


def put_limits(wanted: Dict[str, float]) -> None:
    """Set each as it was."""
    for name, limit in wanted.items():
        number = getattr(resource, name)
        soft = resource.RLIM_INFINITY if limit == float("inf") else int(limit)
        resource.setrlimit(number, (soft, resource.getrlimit(number)[1]))


def _soft(name: str) -> float:
    limit = resource.getrlimit(getattr(resource, name))[0]
    return float("inf") if limit == resource.RLIM_INFINITY else limit


#: As they are when the suite is imported. RLIMIT_OFILE is another name of RLIMIT_NOFILE.
_USUAL = {
    name: _soft(name)
    for name in dir(resource)
    if name.startswith("RLIMIT_") and name != "RLIMIT_OFILE"
}
