"""``refloader spec``: the contract to read."""

from __future__ import annotations

from typing import List, Optional

import click

import refloader.contract  # noqa: F401 - enters the requirements in the catalogue
from refloader.contract.drives import DESCRIPTIONS
from refloader.contract.policy import nearest
from refloader.contract.requirement import CATALOGUE, CONTRACT_VERSION, Requirement, find
from refloader.reporting.wording import PLAIN_WIDTH, hanging

INDENT = "  "
TITLE_WIDTH = 12


@click.command()
@click.argument("name", metavar="[SLUG|CHAPTER]", required=False)
def spec(name: Optional[str]) -> None:
    r"""Print the contract, a chapter of it, or one requirement in full.

    \b
      refloader spec
      refloader spec shuffling
      refloader spec shuffling.per-epoch
    """
    chapters = list(dict.fromkeys(entry.chapter for entry in CATALOGUE.values()))
    if name is None:
        click.echo(f"The loader contract, version {CONTRACT_VERSION}")
        lines = [line for chapter in chapters for line in _chapter(chapter)]
    elif name in chapters:
        lines = _chapter(name)[1:]
    elif name in CATALOGUE:
        lines = _in_full(find(name))
    else:
        known = [*CATALOGUE, *chapters]
        raise click.UsageError(f"the contract has no {name!r}{nearest(name, known)}")
    click.echo("\n".join(lines))


def _chapter(chapter: str) -> List[str]:
    lines = ["", chapter]
    for entry in CATALOGUE.values():
        if entry.chapter == chapter:
            lines.append(f"{INDENT}{entry.slug} ({entry.level})")
            lines += hanging(INDENT * 3, entry.statement, PLAIN_WIDTH)
    return lines


def _in_full(entry: Requirement) -> List[str]:
    lines = [f"{entry.slug} ({entry.level})"]
    for title, texts in (
        ("statement", [entry.statement]),
        ("reason", [entry.reason]),
        ("driven by", [f"{drive}: {DESCRIPTIONS[drive]}" for drive in entry.drives]),
        ("needs", [", ".join(entry.needs)]),
        ("fix", [entry.fix]),
        ("incidents", [", ".join(entry.incidents)]),
    ):
        for place, text in enumerate(filter(None, texts)):
            head = title if place == 0 else ""
            lines += hanging(f"{INDENT}{head.ljust(TITLE_WIDTH)}", text, PLAIN_WIDTH)
    return lines
