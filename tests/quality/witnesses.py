"""Puts on record what the suite says of the example of each requirement."""

from __future__ import annotations

import fcntl
import json
import os
import re
from pathlib import Path
from typing import Dict

from refloader.contract.requirement import CATALOGUE
from refloader.frameworks.installed import versions
from refloader.spec.examples import WITNESSES

ROOT = Path(__file__).resolve().parents[2]


def record(said: Dict[str, str], *, training: bool = False) -> None:
    """Write these witnesses over those on record; the loaders that show them stay the same."""
    # Several processes may record at the same time, and others read meanwhile.
    folder = os.open(str(WITNESSES.parent), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        known = json.loads(WITNESSES.read_text(encoding="utf-8"))
        for slug, witness in said.items():
            # A checkout's folder and a thread's number are of no use to a reader.
            told = re.sub(r" \(\d{6,}\)", "", witness.replace(f"{ROOT}/", ""))
            known[slug]["witness"] = told
            if training:
                known[slug]["seen_in"] = f"Keras {versions()['keras']}"
        ordered = {slug: known[slug] for slug in CATALOGUE if slug in known}
        written = WITNESSES.with_suffix(".new")
        written.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", "utf-8")
        written.replace(WITNESSES)
    finally:
        os.close(folder)
