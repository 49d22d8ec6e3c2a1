"""Lets tox find the interpreters of pyenv, of which the PATH shows only shims.

A shim answers for an interpreter only where pyenv has been told to activate it, so the folders of
the real ones are put before the shims. Where there is no pyenv nothing changes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import List


def interpreter_folders(versions: Path) -> List[str]:
    """Return the folders of the interpreters, newest first; virtual environments are none."""
    found = [path for path in versions.glob("*") if not (path / "pyvenv.cfg").exists()]
    return [str(path / "bin") for path in sorted(found, key=_version, reverse=True)]


def _version(path: Path) -> List[int]:
    return [int(number) for number in re.findall(r"\d+", path.name)]


def _show_interpreters() -> None:
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return
    root = subprocess.run(  # noqa: S603 - pyenv, asked where it lives
        [pyenv, "root"], stdout=subprocess.PIPE, check=True, encoding="utf-8"
    )
    known = os.environ["PATH"].split(os.pathsep)
    folders = interpreter_folders(Path(root.stdout.strip(), "versions"))
    new = [folder for folder in folders if folder not in known]
    os.environ["PATH"] = os.pathsep.join([*new, *known])


_show_interpreters()
