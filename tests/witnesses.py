"""Puts on record what the suite says of the example of each requirement."""

from __future__ import annotations

import fcntl
import json
import os
import re
from pathlib import Path

from snapshot_files import VARIABLE

from refloader.contract.requirement import CATALOGUE
from refloader.frameworks.installed import versions
from refloader.spec.examples import WITNESSES, comparable, examples

ROOT = Path(__file__).resolve().parents[1]


def check(slug: str, said: str) -> None:
    """Compare what is said of a requirement's example with the record; or record it, if that is asked for."""
    if updating():
        _record(slug, said)
        examples.cache_clear()

    assert comparable(examples()[slug].witness) == comparable(said)


def updating() -> bool:
    """Say whether what is on record is to be replaced."""
    return bool(os.environ.get(VARIABLE))


def framework() -> str:
    """Return what is recorded as the framework in which a witness was seen."""
    found = versions()
    # Beside the old Keras that is judged the new one may be installed, which TensorFlow asks for.
    name = "tf_keras" if found.get("framework") == "tf_keras" else "keras"
    # Before TensorFlow 2.6 its Keras has no version of its own.
    version = found.get(name, "of TensorFlow")
    return f"{name.capitalize()} {version} on {found.get('backend', 'tensorflow')}"


def _record(slug: str, said: str) -> None:
    """Write this witness over the one on record; the loader that shows it stays the same."""
    # Several processes may record at the same time, and others read meanwhile.
    folder = os.open(str(WITNESSES.parent), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        known = json.loads(WITNESSES.read_text(encoding="utf-8"))
        # A checkout's folder and a thread's number are of no use to a reader.
        known[slug]["witness"] = re.sub(r" \(\d{6,}\)", "", said.replace(f"{ROOT}/", ""))
        if "seen_in" in known[slug]:
            known[slug]["seen_in"] = framework()
        ordered = {slug: known[slug] for slug in CATALOGUE if slug in known}
        written = WITNESSES.with_suffix(".new")
        written.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", "utf-8")
        written.replace(WITNESSES)
    finally:
        os.close(folder)
