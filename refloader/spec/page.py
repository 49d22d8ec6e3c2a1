"""The contract as one self-contained page, and as Markdown, from the same data."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Tuple

import refloader.reporting
from refloader.contract.drives import DESCRIPTIONS
from refloader.contract.kills import kills
from refloader.contract.requirement import CATALOGUE, CONTRACT_VERSION, Requirement
from refloader.reporting.html import template
from refloader.reporting.incidents import link
from refloader.reporting.markdown import escaped
from refloader.spec.examples import examples
from refloader.spec.guide import Step, steps

TEMPLATE = Path(refloader.reporting.__file__).parent / "templates" / "spec.html"


def html() -> str:
    """Return the contract as a page that needs no network; raises UsageError without jinja2."""
    page: str = template(TEMPLATE).render(
        version=CONTRACT_VERSION, chapters=chapters(), steps=steps(), declared=declared
    )
    return page


def markdown() -> str:
    """Return the contract as Markdown."""
    lines = [
        f"# The loader contract, version {CONTRACT_VERSION}",
        "",
        f"{len(CATALOGUE)} requirements, each with a loader that breaks it and what is said of that.",
        "",
        "- [How to write a loader that keeps it](#how-to-write-a-loader-that-keeps-it)",
    ]
    for chapter, entries in chapters().items():
        named = ", ".join(f"[{entry['name']}](#{_anchor(entry['slug'])})" for entry in entries)
        lines.append(f"- {chapter}: {named}")
    lines += ["", *_guide()]
    for chapter, entries in chapters().items():
        lines += [f"## Chapter {chapter}", ""]
        for entry in entries:
            lines += _section(entry)
    return "\n".join(lines)


def chapters() -> Dict[str, List[Dict[str, Any]]]:
    """Return what is told of each requirement, by chapter."""
    found: Dict[str, List[Dict[str, Any]]] = {}
    for entry in CATALOGUE.values():
        found.setdefault(entry.chapter, []).append(_told(entry))
    return found


def declared(policy: Dict[str, Any]) -> str:
    """Return a policy as the keywords that declare it."""
    return ", ".join(f"{field}={value!r}" for field, value in policy.items())


def _told(entry: Requirement) -> Dict[str, Any]:
    example = examples()[entry.slug]
    return {
        "slug": entry.slug,
        "name": entry.slug.partition(".")[2],
        "level": entry.level,
        "since": entry.since,
        "statement": entry.statement,
        "reason": entry.reason,
        "fix": entry.fix,
        "drives": [(drive, DESCRIPTIONS[drive]) for drive in entry.drives],
        "needs": list(entry.needs),
        "threads": [(name, link(name)) for name in entry.incidents],
        "example": example,
        "others": [name for name in kills()[entry.slug] if name != example.loader],
    }


def _section(told: Dict[str, Any]) -> List[str]:
    example = told["example"]
    where = f", seen in {example.seen_in}" if example.seen_in else ""
    rows: List[Tuple[str, str]] = [
        ("Why", escaped(told["reason"])),
        ("Judged by", "; ".join(f"*{drive}*: {escaped(text)}" for drive, text in told["drives"])),
        ("Only after", escaped(", ".join(told["needs"]))),
        ("Fix", told["fix"]),
        ("In the world", ", ".join(_thread(*thread) for thread in told["threads"])),
        ("Since", f"contract {told['since']}"),
    ]
    return [
        f"### {told['slug']}",
        "",
        f"**{told['level']}** {escaped(told['statement'])}",
        "",
        *(f"- {label}: {text}" for label, text in rows if text),
        "",
        f"A loader that breaks it, `{example.loader}` of the zoo:",
        "",
        "```python",
        example.source.rstrip(),
        "```",
        "",
        f"What is said of it{where}:",
        "",
        "```text",
        example.witness,
        "```",
        "",
    ]


def _guide() -> List[str]:
    lines = ["## How to write a loader that keeps it", ""]
    for number, step in enumerate(steps(), start=1):
        lines += [f"### Step {number}: {step.title}", "", step.text, ""]
        lines += ["```python", step.code, "```", ""]
        lines += [f"- {line}" for line in _outcome(step)] + [""]
    return lines


def _outcome(step: Step) -> List[str]:
    told = [f"declares `{declared(step.policy)}`"] if step.policy else []
    if step.mends:
        told.append(f"keeps now what the step before breaks: {_listed(step.mends)}")
    still = f"still breaks: {_listed(step.breaks)}" if step.breaks else "breaks nothing"
    return [*told, still]


def _listed(slugs: List[str]) -> str:
    return ", ".join(f"[{slug}](#{_anchor(slug)})" for slug in slugs)


def _anchor(heading: str) -> str:
    """Return the name that Markdown's usual readers give to a heading."""
    return heading.lower().replace(".", "").replace(" ", "-")


def _thread(name: str, address: Any) -> str:
    return f"[{escaped(name)}]({address})" if address else escaped(name)
