"""The figures as a table on the terminal and as a chart."""

from __future__ import annotations

from html import escape
from typing import Any, Dict, List

from rich import markup
from rich.box import SIMPLE_HEAD
from rich.table import Table

_WIDTH, _LEFT, _LINE, _TOP = 900, 300, 26, 50


def table(rows: List[Dict[str, Any]], title: str) -> Table:
    """Return a table of all competitors, the fastest first."""
    # A terminal of 80 columns shows every figure whole: what gives way is the loader's name, by words.
    view = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    view.add_column("loader\nresampling", overflow="fold")
    for name in ("img/s", "CPU ms", "1st\nbatch s", "img/s\nof limit", "CPU\nof limit"):
        view.add_column(name, justify="right", no_wrap=True)
    for row in _sorted(rows):
        name = f"{row['name']}\n[dim]{row['resampling']}[/dim]"
        if "error" in row:
            view.add_row(f"{name}\n[red]{markup.escape(row['error'])}[/red]")
            continue
        view.add_row(
            name,
            f"{row['second.rate']:,.0f}",
            f"{row['second.cpu_ms']:.2f}",
            f"{row['first.first_batch']:.2f}",
            _spread(row.get("of_limit.rate"), " ?" if row["doubtful"] else ""),
            _spread(row.get("of_limit.cpu_ms")),
        )
    loads = [load for row in rows for load in row.get("load", [])]
    view.caption = f"Load average {min(loads, default=0)} to {max(loads, default=0)}."
    if any(row.get("doubtful") for row in rows):
        view.caption += " ? is faster than its limit, so a run was disturbed: do not use it."
    return view


def chart(rows: List[Dict[str, Any]], title: str) -> str:
    """Return an SVG of bars, images a second in the second epoch."""
    good = [row for row in _sorted(rows) if "error" not in row]
    most = max((row["second.rate"] for row in good), default=1)
    height = _TOP + _LINE * len(good) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        '<g font-family="sans-serif" font-size="13" fill="#333">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="28" font-size="17">{escape(title)}</text>',
        *(_bar(row, number, most) for number, row in enumerate(good)),
        "</g></svg>",
    ]
    return "\n".join(lines) + "\n"


def _bar(row: Dict[str, Any], number: int, most: float) -> str:
    top = _TOP + number * _LINE
    length = (_WIDTH - _LEFT - 80) * row["second.rate"] / most
    colour = "#1668c1" if row["name"].startswith("refloader") else "#9aa5b1"
    return (
        f'<text x="{_LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(row["name"])}</text>'
        f'<rect x="{_LEFT}" y="{top + 2}" width="{length:.1f}" height="18" fill="{colour}"/>'
        f'<text x="{_LEFT + length + 6:.1f}" y="{top + 15}">{row["second.rate"]:,.0f}</text>'
    )


def _sorted(rows: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    return sorted(rows, key=lambda row: -row.get("second.rate", 0))


def _spread(values: Any, mark: str = "") -> str:
    return f"{values[0]:.2f}{mark}\n{values[1]:.2f}-{values[2]:.2f}" if values else ""
