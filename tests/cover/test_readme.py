"""README and its Chinese page tell the same commands, and nothing in either leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = ROOT / "README.md"
CHINESE = ROOT / ".github" / "README.zh-CN.md"


def blocks(path, language):
    """Return the code blocks of a page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def commands(path):
    """Return the commands that a page tells, without their comments."""
    lines = "".join(blocks(path, "console")).splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line.strip()]


def test_chinese_page_tells_the_same_commands():
    """Every command of README is in the Chinese page, in the same order, and no other."""
    assert commands(ENGLISH) == commands(CHINESE)


def test_chinese_page_shows_the_same_code():
    """Every piece of Python is the same in both."""
    assert blocks(ENGLISH, "python") == blocks(CHINESE, "python")


def test_chinese_page_has_every_chapter():
    """All chapters but that of the figures are there, and tell of the same options."""

    def told(path):
        text = path.read_text(encoding="utf-8").partition("## Figures")[0]
        return text.count("\n## "), set(re.findall(r"`(--[a-z-]+)", text))

    assert told(ENGLISH) == told(CHINESE)


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_links_lead_somewhere(page):
    """Each file that a page links to is there."""
    text = page.read_text(encoding="utf-8")
    linked = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text)}
    local = {target for target in linked if target and "://" not in target}

    assert local
    assert [] == sorted(target for target in local if not (page.parent / target).exists())
