"""The matrix as one self-contained page, and as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from refloader.contract import verdict
from refloader.contract.requirement import CATALOGUE
from refloader.contract.verdict import Result
from refloader.frameworks.facts.probe import ABSENT
from refloader.record.comparing import in_words
from refloader.record.matrix import FactRow, Matrix, State
from refloader.record.store import Record, line
from refloader.reporting.html import template
from refloader.reporting.incidents import link
from refloader.reporting.markdown import escaped

TEMPLATE = Path(__file__).parent / "templates" / "matrix.html"

_STATES: Dict[State, Tuple[str, str, str]] = {
    True: ("bad", "✗", "harmful"),
    False: ("good", "✓", "harmless"),
    None: ("plain", "", ""),
}
_VERDICTS = {
    verdict.PASS: ("good", "✓"),
    verdict.FAIL: ("bad", "✗"),
    verdict.HANG: ("bad", "‖"),
    verdict.ERROR: ("bad", "!"),
}


def html(matrix: Matrix) -> str:
    """Return the matrix as a page that needs no network; raises UsageError without jinja2."""
    page: str = template(TEMPLATE).render(
        environments=[_column(record) for record in matrix.environments],
        lines=list(dict.fromkeys(line(record) for record in matrix.environments)),
        groups=_grouped(matrix.facts),
        loaders={
            subject: [_requirement(row) for row in rows] for subject, rows in matrix.loaders.items()
        },
        requirements=_requirements(matrix),
        made=matrix.made,
    )
    return page


def markdown(matrix: Matrix) -> str:
    """Return the matrix as Markdown: what turned where, and a table of all answers."""
    lines = ["## What each Keras does to a loader", ""]
    lines += [escaped(f"This page was {matrix.made}"), ""] if matrix.made else []
    lines += [
        f"- `{row.fact.slug}`, {', '.join(row.settings)}: {escaped('; '.join(row.turns))}"
        for row in matrix.facts
        if row.turns
    ]
    names = [record.environment for record in matrix.environments]
    lines += ["", _line(["fact", "setting", *names]), _line(["---"] * (len(names) + 2))]
    for row in matrix.facts:
        cells = [_marked(state, in_words(seen)) for state, seen in zip(row.states, row.cells)]
        lines.append(_line([f"`{row.fact.slug}`", ", ".join(row.settings), *cells]))
    for subject, rows in matrix.loaders.items():
        lines += ["", f"## {escaped(subject)}", "", _line(["requirement", *names])]
        lines.append(_line(["---"] * (len(names) + 1)))
        for requirement in rows:
            told = [cell.verdict if cell else "" for cell in requirement.cells]
            lines.append(_line([f"`{requirement.requirement}`", *told]))
    return "\n".join([*lines, ""])


def _column(record: Record) -> Dict[str, Any]:
    engine, _, rest = record.environment.partition("-")
    return {
        "name": record.environment,
        "release": engine,
        "rest": rest.replace("-", " "),
        "line": line(record),
        "date": record.date,
    }


def _grouped(rows: List[FactRow]) -> List[Dict[str, Any]]:
    """Return the facts, each with its settings as rows."""
    groups: Dict[str, Dict[str, Any]] = {}
    for row in rows:
        fact = row.fact
        group = groups.setdefault(
            fact.slug,
            {
                "fact": fact,
                "rows": [],
                "sources": [(source, link(source)) for source in fact.sources],
            },
        )
        group["rows"].append(_fact(row))
    return list(groups.values())


def _fact(row: FactRow) -> Dict[str, Any]:
    cells = []
    for state, seen in zip(row.states, row.cells):
        style, glyph, word = _STATES[state]
        text = in_words(seen) if seen else ""
        shown = "none" if text in {"", ABSENT} else style
        cells.append({"style": shown, "glyph": glyph, "word": word, "text": text})
    return {
        "setting": ", ".join(row.settings),
        "cells": cells,
        "turns": row.turns,
        "differs": len({cell["text"] for cell in cells if cell["text"]}) > 1,
        "harmful": any(row.states),
    }


def _requirement(row: Any) -> Dict[str, Any]:
    return {
        "slug": row.requirement,
        "cells": [_verdict(cell) for cell in row.cells],
        "turns": row.turns,
    }


def _verdict(result: Optional[Result]) -> Dict[str, str]:
    if result is None:
        return {"style": "none", "glyph": "", "text": ""}
    style, glyph = _VERDICTS.get(result.verdict, ("plain", "·"))
    blame = f", {result.blame}" if result.broken and result.blame else ""
    return {"style": style, "glyph": glyph, "text": f"{result.verdict}{blame}"}


def _requirements(matrix: Matrix) -> List[Dict[str, Any]]:
    """Return every requirement that a fact endangers or a loader was held to, with those facts."""
    held = [row.requirement for rows in matrix.loaders.values() for row in rows]
    facts: Dict[str, List[str]] = {slug: [] for slug in held}
    for row in matrix.facts:
        for slug in row.fact.endangers:
            if row.fact.slug not in facts.setdefault(slug, []):
                facts[slug].append(row.fact.slug)
    return [
        {"slug": slug, "statement": entry.statement, "level": entry.level, "facts": facts[slug]}
        for slug, entry in CATALOGUE.items()
        if slug in facts
    ]


def _marked(state: State, text: str) -> str:
    glyph = _STATES[state][1]
    return escaped(f"{glyph} {text}" if glyph else text)


def _line(cells: List[str]) -> str:
    return f"| {' | '.join(cells)} |"
