"""What is released: built twice alike, complete, and used from environments that have nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The oldest and the newest Python that the package is for.
PYTHONS = ("3.7", "3.13")
#: 1980, the first year that a zip file can name.
EPOCH = "315532800"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Return the folders of two builds of the same sources, each with a wheel and an sdist."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    for folder in folders:
        variables = dict(os.environ, SOURCE_DATE_EPOCH=EPOCH)
        _run("uv", "build", "--quiet", "--out-dir", str(folder), str(ROOT), env=variables)
    return folders


@pytest.fixture(scope="session")
def wheel(built):
    """Return the wheel."""
    return next(built[0].glob("*.whl"))


@pytest.fixture(scope="session")
def sdist(built):
    """Return the source distribution."""
    return next(built[0].glob("*.tar.gz"))


@pytest.fixture(scope="session")
def held(wheel):
    """Return the names of what the wheel holds."""
    with zipfile.ZipFile(wheel) as opened:
        return opened.namelist()


@pytest.mark.parametrize("pattern", ["*.whl", "*.tar.gz"])
def test_same_sources_build_the_same_bytes(built, pattern):
    """Whoever builds a release again gets what was released."""
    first, second = [next(folder.glob(pattern)) for folder in built]

    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_metadata_is_what_an_index_takes(wheel, sdist):
    """Twine finds nothing to warn of in the description and the metadata of either."""
    _run("twine", "check", "--strict", str(wheel), str(sdist))


def test_wheel_holds_every_module_and_nothing_else(held):
    """All of the package is in it, with its type marker; no test, no fixture, no tool of the project."""
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "refloader").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    tops = {name.split("/")[0].split("-")[0] for name in held}

    assert [] == sorted(sources - set(held))
    assert "refloader/py.typed" in held
    assert {"refloader"} == tops


@pytest.mark.parametrize(
    ("source", "packaged"),
    [
        ("fixtures/facts", "refloader/record/facts"),
        ("fixtures/zoo/bad", "refloader/spec/zoo/bad"),
        ("fixtures/zoo/training", "refloader/spec/zoo/training"),
    ],
)
def test_wheel_holds_what_commands_show(held, source, packaged):
    """The facts and the loaders of the spec are read by the installed package too."""
    expected = {f"{packaged}/{path.name}" for path in (ROOT / source).iterdir() if path.is_file()}
    found = {name for name in held if name.startswith(f"{packaged}/")}

    assert expected == found


def test_version_stands_in_one_place(wheel, held):
    """The metadata's version is that of refloader/__init__.py, which alone of the sources tells it."""
    text = (ROOT / "refloader" / "__init__.py").read_text(encoding="utf-8")
    version = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    with zipfile.ZipFile(wheel) as opened:
        name = next(name for name in held if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(opened.read(name).decode("utf-8"))

    assert [metadata["Version"]] == version
    assert (
        "version =" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool")[0]
    )


def test_sdist_holds_the_tests_and_builds_the_wheel(sdist, tmp_path, held):
    """From the source distribution alone the same wheel comes, and its tests can be run."""
    with tarfile.open(sdist) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    _run("uv", "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(sdist))
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as opened:
        again = opened.namelist()

    assert {
        "tests/conftest.py",
        "tox.ini",
        "LICENSE",
        "README.md",
        ".github/README.zh-CN.md",
    } <= names
    assert sorted(held) == sorted(again)


@pytest.mark.parametrize("python", PYTHONS)
def test_wheel_is_used_from_an_empty_environment(wheel, python, tmp_path):
    """With nothing else installed it tells its version, begins a project and judges its loader."""
    _run("uv", "venv", "--quiet", "--python", python, str(tmp_path / "venv"))
    command = tmp_path / "venv" / "bin" / "refloader"
    _run(
        "uv", "pip", "install", "--quiet", "--python", str(command.with_name("python")), str(wheel)
    )
    version = _said(tmp_path, command, "--version")
    _said(tmp_path, command, "new", "begun")
    judged = _said(tmp_path / "begun", command, "check", "test_loader.py:make", "--budget", "5")
    shown = _said(tmp_path, command, "spec", "coverage.no-loss")
    upgraded = _said(tmp_path, command, "upgrade", "tf2.15", "keras3.15")

    assert wheel.name.split("-")[1] in version
    assert "coverage.no-loss" in judged
    assert "floor_length" in shown
    assert "keras3.15" in upgraded


def test_changes_not_yet_released_can_be_released():
    """The fragments under .changes make a section of the changelog."""
    drafted = _said(
        ROOT, "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2000-01-01"
    )
    fragments = list((ROOT / ".changes").glob("*.*.md"))

    assert "## [9.9.9] - 2000-01-01" in drafted
    assert [] == [path.name for path in fragments if _opening(path) not in drafted]


def _opening(path):
    return path.read_text(encoding="utf-8").splitlines()[0][:60]


def _said(folder, *command):
    return _run(*map(str, command), cwd=folder)


def _run(*command, **options):
    variables = options.pop("env", dict(os.environ))
    variables.pop("PYTHONPATH", None)
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        env=variables,
        **options,
    )
    assert 0 == done.returncode, done.stdout
    return done.stdout
