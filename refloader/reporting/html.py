"""A run as one self-contained page."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from refloader.contract import verdict
from refloader.contract.policy import Policy
from refloader.contract.verdict import Result
from refloader.errors import UsageError
from refloader.reporting.hangs import Told, same_as
from refloader.reporting.jsonl import Run
from refloader.reporting.lock import is_advisory
from refloader.reporting.wording import VERBATIM, counted, explanation, policy_words, version_words

TEMPLATE = Path(__file__).parent / "templates" / "run.html"
# Only glyphs that the usual fonts of browsers have.
_GLYPHS = dict(zip(verdict.VERDICTS, "✓✗‖~·○·!"))


def template(path: Path = TEMPLATE) -> Any:
    """Return a page's template; raises UsageError where jinja2 is not installed."""
    try:
        jinja2 = importlib.import_module("jinja2")
    except ImportError:
        msg = "an HTML page needs jinja2, which is not installed: pip install 'refloader[report]'"
        raise UsageError(msg) from None
    surroundings = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    surroundings.filters["coded"] = coded
    return surroundings.from_string(path.read_text(encoding="utf-8"))


def coded(text: str) -> Any:
    """Return a text as HTML in which what stands between backticks is code."""
    markupsafe = importlib.import_module("markupsafe")
    shown = re.sub("`([^`]+)`", r"<code>\1</code>", str(markupsafe.escape(text)))
    return markupsafe.Markup(shown)


def html(run: Run) -> str:
    """Return the run as a page that needs no network; raises UsageError without jinja2."""
    page: str = template().render(
        head=run.header,
        counts=counted(run.results),
        policy=policy_words(Policy(**run.header["policy"])),
        versions=version_words(run.header["versions"]),
        rows=_rows(run),
        verbatim=VERBATIM,
    )
    return page


def _rows(run: Run) -> List[Dict[str, Any]]:
    hangs = Told()
    return [
        _row(one, hangs.before(one), advisory=is_advisory(run.header, one)) for one in run.results
    ]


def _row(result: Result, first: Optional[str], *, advisory: bool) -> Dict[str, Any]:
    told = explanation(result) if first is None else [("witness", same_as(first))]
    if result.broken and result.capsule is not None:
        told.append(("again", f"refloader replay {result.capsule}"))
    return {
        "requirement": result.requirement,
        "verdict": result.verdict,
        "glyph": _GLYPHS[result.verdict],
        "note": _note(result, advisory=advisory),
        "explanation": _explained(told),
    }


def _note(result: Result, *, advisory: bool) -> str:
    if result.broken and advisory:
        return "advisory: newer than the lock"
    # The reason of an error is part of its explanation.
    return "" if result.verdict == verdict.ERROR else result.reason or ""


def _explained(told: List[Tuple[str, str]]) -> List[Tuple[str, str]]:
    return [(label, text if label in VERBATIM else " ".join(text.split())) for label, text in told]
