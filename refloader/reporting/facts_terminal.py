"""The facts in a terminal: a bar while they are measured, a table, and what changed."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refloader.record.catalogue import FACTS, Fact
from refloader.record.comparing import (
    Change,
    answer_words,
    changes,
    in_words,
    nearest_relative,
    releases_with,
)
from refloader.record.confirming import AGAIN, confirmed
from refloader.record.measuring import jobs, measure
from refloader.record.store import Record, Seen
from refloader.reporting.progress import bar
from refloader.reporting.wording import PLAIN_WIDTH, hanging

_LABEL = 12
_MOST_RELEASES = 6


def measured(console: Console, record: Record, slugs: List[str], repeats: int) -> None:
    """Measure the facts into the record, with a bar where the console is a terminal."""
    todo = jobs(slugs, repeats)
    with bar(console, len(todo), f"starts {record.environment}") as shown:
        for job, answers in measure(todo):
            for answer in answers:
                if answer.fact in slugs:
                    record.add(answer.fact, answer.setting, answer.value)
            shown.doing(f"{job.probe.name}, {job.setting}")
            shown.advance()


def table(console: Console, record: Record) -> None:
    """Print what was measured; answers that endanger loaders are marked."""
    console.print(Text(f"{record.environment} ({record.platform}, {record.date})", "bold"))
    grid = Table(show_edge=False, pad_edge=False)
    for name in ("fact", "setting", "answer"):
        grid.add_column(name, overflow="fold", no_wrap=name == "fact")
    for slug, settings in sorted(
        record.answers.items(), key=lambda item: list(FACTS).index(item[0])
    ):
        for place, (which, seen) in enumerate(_grouped(settings).items()):
            grid.add_row(slug if not place else "", which, _answer(FACTS[slug], seen))
    console.print(grid)


def compared(
    console: Console, record: Record, known: Iterable[Record], chosen: Iterable[Fact]
) -> int:
    """Print what changed against the nearest relative; return how much did.

    Against a record of the very same framework, an answer that is not on it is asked for again.
    """
    others = list(known)
    relative = nearest_relative(record, others)
    wanted = {fact.slug for fact in chosen}
    found = [change for change in changes(relative, record) if change.fact.slug in wanted]
    console.print(Text(f"{record.environment} against the recorded {relative.environment}", "bold"))
    once: List[Change] = []
    if relative.deciding == record.deciding:
        found, once = confirmed(found)
    for change in found:
        _change(console, change, others)
    for change in once:
        told = f"{change.fact.slug}, {change.setting}: {change.words}"
        console.print(f"seen once, and in none of {AGAIN} more runs: {told}", soft_wrap=True)
    console.print(f"{len(found)} of {sum(map(len, record.answers.values()))} answers changed")
    return len(found)


def _change(console: Console, change: Change, others: List[Record]) -> None:
    style = "bold red" if change.for_the_worse else "bold"
    console.print(Text(f"\n{change.fact.slug}, {change.setting}", style))
    rows = [("question", change.fact.question), ("changed", change.words)]
    for answer in change.after.answers if change.after else []:
        with_it = releases_with(change.fact.slug, change.setting, answer, others)
        rows.append(("recorded", f"{answer_words(answer)}: {_listed(with_it)}"))
    rows += [("why", change.fact.why), ("to do", change.fact.advice)]
    if change.fact.endangers:
        rows.append(("endangers", ", ".join(change.fact.endangers)))
    for label, text in rows:
        for line in hanging("  " + label.ljust(_LABEL), text, PLAIN_WIDTH):
            console.print(Text(line))


def _listed(releases: List[str]) -> str:
    if not releases:
        return "in no recorded release"
    more = len(releases) - _MOST_RELEASES
    return ", ".join(releases[-_MOST_RELEASES:]) + (f" and {more} older" if more > 0 else "")


def _grouped(settings: Dict[str, Seen]) -> Dict[str, Seen]:
    """Join the settings that have the same answer, and only one."""
    grouped: Dict[str, Any] = {}
    for setting, seen in settings.items():
        same = [which for which, other in grouped.items() if other.answers == seen.answers]
        if same:
            grouped[f"{same[0]}, {setting}"] = grouped.pop(same[0])
        else:
            grouped[setting] = seen
    return grouped


def _answer(fact: Fact, seen: Seen) -> Text:
    bad = any(fact.dangerous(answer) for answer in seen.answers)
    return Text(in_words(seen), "red" if bad else "")
