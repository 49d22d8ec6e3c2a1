"""The help of the command line is laid out as it was written."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from refloader.cli import main

COMMANDS = {"refloader": main, **main.commands}
_KEPT = re.compile(r"\x08\n(.*?)(?:\n\s*\n|\Z)", re.DOTALL)


def shown(name):
    """Return what --help prints."""
    arguments = [] if name == "refloader" else [name]
    return CliRunner().invoke(main, [*arguments, "--help"], terminal_width=100).output


def kept(command):
    """Return the lines of a command's text that are to stay as they are."""
    texts = (command.help or "", command.epilog or "")
    return [
        line.strip()
        for text in texts
        for block in _KEPT.findall(text)
        for line in block.split("\n")
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_stand_on_lines_of_their_own(name):
    """A call that is shown can be copied, and code can be read."""
    lines = [line.strip() for line in shown(name).split("\n")]

    assert "\\b" not in shown(name)
    assert set(kept(COMMANDS[name])) <= set(lines)


def test_the_commands_that_take_a_factory_or_a_file_show_examples():
    """The test above has something to look at."""
    assert all(kept(main.commands[name]) for name in ("check", "new", "replay", "spec", "facts"))


def test_help_waits_for_no_package_that_it_does_not_need():
    """The command line is there before NumPy, pandas and Hypothesis are imported."""
    code = "import sys, refloader.cli; print(sorted({'numpy', 'pandas', 'hypothesis'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"
