"""Digests of what a factory was given: by them it is told later whether it is as it was."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Container, Dict, List

import numpy as np

#: What stands in the place of a digest where a folder stands.
FOLDER = "a folder"


def digest(made: Any) -> str:
    """Hash the contents of an array, a frame, a list, a string or a tuple of these.

    Of an array, also whether it can be written to: its owner may want to.
    """
    if isinstance(made, np.ndarray):
        content = f"{made.dtype} {made.shape} {made.flags.writeable} ".encode() + made.tobytes()
    elif isinstance(made, tuple):
        content = "".join(map(digest, made)).encode()
    elif hasattr(made, "columns"):
        columns = [(name, str(values.dtype), values.tolist()) for name, values in made.items()]
        content = repr((columns, made.index.tolist(), made.index.name, made.attrs)).encode()
    else:
        content = repr(made).encode()
    return _hashed(content)


def digests_of_files(root: Path, known: Container[str] = ()) -> Dict[str, str]:
    """Return the digest of each file beneath a folder, by its place in it; folders are told as such.

    known -- places that are passed over
    """
    found: Dict[str, str] = {}
    for folder, folders, files in os.walk(str(root)):
        inner = folder[len(str(root)) + 1 :].replace(os.sep, "/")
        start = f"{inner}/" if inner else ""
        found.update({start + name: FOLDER for name in folders if start + name not in known})
        for name in files:
            if start + name not in known:
                found[start + name] = _digest_of_file(f"{folder}/{name}")
    return found


def changed_files(before: Dict[str, str], after: Dict[str, str]) -> Dict[str, List[str]]:
    """Return which files are removed, overwritten, permitted otherwise and added, by what was done."""
    both = sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
    contents = {name: [before[name].split()[-1], after[name].split()[-1]] for name in both}
    found = {
        "removed": sorted(before.keys() - after.keys()),
        "overwritten": [name for name, (old, new) in contents.items() if old != new],
        "permitted": [name for name, (old, new) in contents.items() if old == new],
        "added": sorted(after.keys() - before.keys()),
    }
    return {doing: names for doing, names in found.items() if names}


def _digest_of_file(path: str) -> str:
    """Return who may do what with a file, and a hash over what is in it.

    Over nothing where it cannot be read, as a link that leads nowhere.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - Path.open costs as much as the reading
            return f"{os.fstat(file.fileno()).st_mode:o} {_hashed(file.read())}"
    except OSError:
        return _hashed(b"")


def _hashed(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()
