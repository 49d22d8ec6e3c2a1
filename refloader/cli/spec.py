"""``refloader spec``: the contract to read."""

from __future__ import annotations

from typing import List, Optional

import click

from refloader.contract.drives import DESCRIPTIONS
from refloader.contract.kills import kills
from refloader.contract.policy import nearest
from refloader.contract.requirement import CATALOGUE, CONTRACT_VERSION, Requirement, find
from refloader.reporting.files import write
from refloader.reporting.terminal import SLUG_WIDTH
from refloader.reporting.wording import PLAIN_WIDTH, hanging
from refloader.spec import page
from refloader.spec.examples import examples

INDENT = "  "
TITLE_WIDTH = 12


@click.command()
@click.argument("name", metavar="[SLUG|CHAPTER]", required=False)
@click.option("--kills", "killed", is_flag=True, help="Show which bad loaders each one flags.")
@click.option("--html", metavar="FILE", help="Write the whole contract as one page.")
@click.option("--markdown", metavar="FILE", help="Write the whole contract as Markdown.")
def spec(
    name: Optional[str],
    killed: bool,  # noqa: FBT001 - click passes by keyword
    html: Optional[str],
    markdown: Optional[str],
) -> None:
    """Print the contract, a chapter of it, or one requirement in full.

    \b
      refloader spec
      refloader spec shuffling
      refloader spec shuffling.per-epoch
      refloader spec --kills
      refloader spec --html contract.html

    The pages hold more: for each requirement the source of a loader that breaks it, and a guide to
    writing one that keeps them all.

    The suite proves itself: the kill table holds, for each requirement, the known-bad loaders of
    the zoo (fixtures/zoo) that it flags.
    """
    chapters = list(dict.fromkeys(entry.chapter for entry in CATALOGUE.values()))
    known = [*CATALOGUE, *chapters]
    if name is not None and name not in known:
        raise click.UsageError(f"the contract has no {name!r}{nearest(name, known)}")
    if html is not None or markdown is not None:
        _write_pages(name, html, markdown)
        return
    if killed:
        lines = _kill_table(name)
    elif name is None:
        click.echo(f"The loader contract, version {CONTRACT_VERSION}")
        lines = [line for chapter in chapters for line in _chapter(chapter)]
    elif name in chapters:
        lines = _chapter(name)[1:]
    else:
        lines = _in_full(find(name))
    click.echo("\n".join(lines))


def _write_pages(name: Optional[str], html: Optional[str], markdown: Optional[str]) -> None:
    if name is not None:
        raise click.UsageError(f"a page holds the whole contract: leave {name!r} out")
    for path, made in ((html, page.html), (markdown, page.markdown)):
        if path is not None:
            write(path, made())


def _kill_table(name: Optional[str]) -> List[str]:
    lines: List[str] = []
    for slug, loaders in kills().items():
        if name in {None, slug, find(slug).chapter}:
            lines += hanging(f"{slug.ljust(SLUG_WIDTH)}{len(loaders):4}  ", ", ".join(loaders), 100)
    return lines


def _chapter(chapter: str) -> List[str]:
    lines = ["", chapter]
    for entry in CATALOGUE.values():
        if entry.chapter == chapter:
            lines.append(f"{INDENT}{entry.slug} ({entry.level})")
            lines += hanging(INDENT * 3, entry.statement, PLAIN_WIDTH)
    return lines


def _in_full(entry: Requirement) -> List[str]:
    lines = [f"{entry.slug} ({entry.level})"]
    example = examples()[entry.slug]
    for title, texts in (
        ("statement", [entry.statement]),
        ("reason", [entry.reason]),
        ("driven by", [f"{drive}: {DESCRIPTIONS[drive]}" for drive in entry.drives]),
        ("needs", [", ".join(entry.needs)]),
        ("fix", [entry.fix]),
        ("incidents", [", ".join(entry.incidents)]),
        ("flags", [", ".join(kills()[entry.slug])]),
        ("example", [f"{example.loader}: {example.witness}"]),
        ("since", [f"contract {entry.since}"]),
    ):
        for place, text in enumerate(filter(None, texts)):
            head = title if place == 0 else ""
            lines += hanging(f"{INDENT}{head.ljust(TITLE_WIDTH)}", text, PLAIN_WIDTH)
    return lines
