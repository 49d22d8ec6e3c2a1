"""In a fresh process folders list what they hold from its end, whichever way they are asked."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Dict, List

import pytest

from refloader.driving.processes.elsewhere import elsewhere

WAYS = (
    "os.listdir",
    "os.scandir",
    "os.walk",
    "glob.glob",
    "Path.iterdir",
    "Path.glob",
    "Path.rglob",
)


def listed(folder: str) -> Dict[str, List[str]]:
    """Return what a folder holds, by each way of asking."""
    path = Path(folder)
    return {
        "os.listdir": os.listdir(folder),  # noqa: PTH208 - what is asked here
        "os.scandir": [entry.name for entry in os.scandir(folder)],
        "os.walk": next(os.walk(folder))[2],
        "glob.glob": [Path(found).name for found in glob.glob(f"{folder}/*")],  # noqa: PTH207
        "Path.iterdir": [found.name for found in path.iterdir()],
        "Path.glob": [found.name for found in path.glob("*")],
        "Path.rglob": [found.name for found in path.rglob("*")],
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a folder of five files."""
    made = tmp_path_factory.mktemp("listed")
    for name in "bdace":
        (made / name).touch()
    return str(made)


@pytest.fixture(scope="module")
def there(folder: str) -> Dict[str, List[str]]:
    """List it in a fresh process."""
    answer = elsewhere(listed, folder)
    assert isinstance(answer, dict), answer
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_folders_are_listed_from_their_ends(
    folder: str, there: Dict[str, List[str]], way: str
) -> None:
    """Nothing is missing, and the last is the first."""
    assert listed(folder)[way] == there[way][::-1]


def test_folders_are_listed_as_here_under_a_hash_seed_of_one_s_choice(folder: str) -> None:
    """Where strings alone are to hash otherwise, nothing else is otherwise."""
    assert listed(folder) == elsewhere(listed, folder, hash_seed="2")
