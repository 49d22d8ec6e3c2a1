"""Which known-bad loader each requirement flags, as it was last recorded over the zoo."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

from refloader.contract.requirement import CATALOGUE

TABLE = Path(__file__).with_name("kills.txt")


def kills() -> Dict[str, List[str]]:
    """Return the bad loaders by the requirement that flags them, for every requirement."""
    flagged: Dict[str, List[str]] = {slug: [] for slug in CATALOGUE}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        loader, _, slugs = line.partition(" ")
        for slug in slugs.split(","):
            if slug.strip():
                flagged[slug.strip()].append(loader)
    return flagged
