"""Projects of other people install the wheel and guard their loaders with it.

Each guard passes as the project is, and fails, with the requirement's slug, after one line of the loader has
been changed into a mistake that people make.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Tuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = Path(__file__).with_name("projects")


class Project(NamedTuple):
    """A project: how its guard is run, and a mistake in one line of its loader."""

    folder: str
    guard: Tuple[str, ...]
    module: str
    right: str
    wrong: str
    slug: str


KINDS = [
    Project(
        "with_pytest",
        ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        "spectra.py",
        "return -(-len(self.spectra) // self.batch_size)",
        "return len(self.spectra) // self.batch_size",
        "coverage.no-loss",
    ),
    Project(
        "with_unittest",
        ("python", "-m", "unittest"),
        "feeding/pictures.py",
        'raise ValueError(f"{path} cannot be decoded") from error',
        'return np.zeros((32, 32, 3), "float32")',
        "faults.no-silent-blank",
    ),
    Project(
        "without_tests",
        ("make", "check"),
        "stream.py",
        "with self.lock:",
        "if True:",
        "generator.single-consumer",
    ),
]


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Return the variables of an environment that has the built wheel and nothing of this checkout."""
    folder = tmp_path_factory.mktemp("downstream")
    _run("uv", "build", "--wheel", "--quiet", "--out-dir", str(folder / "dist"), str(ROOT))
    wheel = next((folder / "dist").glob("*.whl"))
    _run("uv", "venv", "--quiet", "--python", sys.executable, str(folder / "venv"))
    python = str(folder / "venv" / "bin" / "python")
    _run("uv", "pip", "install", "--quiet", "--python", python, str(wheel))
    variables = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    path = os.pathsep.join([str(folder / "venv" / "bin"), os.environ["PATH"]])
    return dict(variables, PATH=path, PYTHONDONTWRITEBYTECODE="1")


@pytest.mark.parametrize("project", KINDS, ids=lambda project: project.folder)
def test_guard_passes_as_the_project_is(project, environment, tmp_path):
    """A loader that keeps the contract does not fail its project's guard."""
    done = _guard(project, environment, _copy(project, tmp_path))

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("project", KINDS, ids=lambda project: project.folder)
def test_guard_fails_for_a_mistake(project, environment, tmp_path):
    """A mistake in one line fails the guard, and the requirement that it breaks is named."""
    folder = _copy(project, tmp_path)
    module = folder / project.module
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace(project.right, project.wrong), encoding="utf-8")
    done = _guard(project, environment, folder)

    assert 1 == text.count(project.right)
    assert 0 != done.returncode, done.stdout
    assert project.slug in done.stdout


def _copy(project, tmp_path):
    return Path(shutil.copytree(PROJECTS / project.folder, tmp_path / project.folder))


def _guard(project, environment, folder):
    return subprocess.run(
        project.guard,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def _run(*command):
    subprocess.run(command, check=True, encoding="utf-8")
