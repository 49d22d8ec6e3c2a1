"""A new project begins with a loader that keeps the contract."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

import refloader
from refloader.cli import main


def test_what_is_written_passes_as_it_is(tmp_path: Path) -> None:
    """The guard of the skeleton runs, and its loader keeps what it is held to."""
    CliRunner().invoke(main, ["new", str(tmp_path / "begun")])
    guard = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "coverage or purity",
    ]
    done = subprocess.run(
        guard,
        cwd=tmp_path / "begun",
        env={"PYTHONPATH": str(Path(refloader.__file__).parents[1]), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )

    assert 0 == done.returncode, done.stdout
    assert "10 passed" in done.stdout


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    """Nobody's loader is overwritten."""
    (tmp_path / "loader.py").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(main, ["new", str(tmp_path)])

    assert (2, "mine") == (result.exit_code, (tmp_path / "loader.py").read_text(encoding="utf-8"))
    assert "would be overwritten" in result.output


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """Where a file stands in the way, the message says so."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = CliRunner().invoke(main, ["new", str(tmp_path / "file" / "below")])

    assert 2 == result.exit_code
    assert "cannot write to" in result.output
