"""Puts on record what the suite says of the example of each requirement."""

from __future__ import annotations

import fcntl
import json
import re
from pathlib import Path
from typing import Dict

from refloader.contract.requirement import CATALOGUE
from refloader.frameworks.installed import versions
from refloader.spec.examples import WITNESSES

ROOT = Path(__file__).resolve().parents[2]


def record(said: Dict[str, str], *, training: bool = False) -> None:
    """Write these witnesses over those on record; the loaders that show them stay the same."""
    with WITNESSES.open("r+", encoding="utf-8") as file:
        # Several processes may record at the same time.
        fcntl.flock(file, fcntl.LOCK_EX)
        known = json.load(file)
        for slug, witness in said.items():
            # A checkout's folder and a thread's number are of no use to a reader.
            told = re.sub(r" \(\d{6,}\)", "", witness.replace(f"{ROOT}/", ""))
            known[slug]["witness"] = told
            if training:
                known[slug]["seen_in"] = f"Keras {versions()['keras']}"
        ordered = {slug: known[slug] for slug in CATALOGUE if slug in known}
        file.seek(0)
        file.truncate()
        file.write(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n")
