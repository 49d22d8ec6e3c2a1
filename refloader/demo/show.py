"""The demonstration: two loaders side by side, on one folder of files and by the contract."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from refloader.contract import verdict
from refloader.contract.policy import Policy
from refloader.contract.requirement import Requirement, choose
from refloader.contract.verdict import Result
from refloader.demo import reference_loader, seed_loader
from refloader.demo.corpus import BATCH_SIZE, DAMAGED, FILES, Look, look
from refloader.frameworks.installed import installed
from refloader.reporting.progress import LOOKING, Bar, bar
from refloader.reporting.terminal import STYLES, label
from refloader.reporting.wording import counted
from refloader.session import Session

SEED = "the note's loader"
REFERENCE = "the reference loader"
FACTORIES: Dict[str, Callable[..., Any]] = {
    SEED: seed_loader.make,
    REFERENCE: reference_loader.make,
}
# Both shuffle. That the tail may be dropped is not declared: the note nowhere says that it is.
POLICY = Policy(samples="image-files", shuffle=True)

INTRODUCTION = (
    "A published note recommends a loader for image files. It runs, and nothing seems wrong. "
    f"Here it reads {FILES} JPEG files in batches of {BATCH_SIZE}, beside the reference loader; "
    "after two epochs one file is damaged."
)
JUDGING = (
    "Both are now held to the contract, under the same policy: image files, shuffle=True, since "
    "both mean to shuffle. Nothing else is declared, because the note declares nothing else: it "
    "does not say that files are left out, or that the last batch is dropped."
)
WITHOUT_KERAS = "unavailable: no Keras is installed here; with one, both are trained with as well."
ENDING = """\
Judge your own loader:   refloader check MODULE:FACTORY
What is asked, and why:  refloader spec SLUG"""


def show() -> None:
    """Show what the two loaders keep and break, with witnesses, on standard output."""
    console = Console(highlight=False)
    console.print(Text(INTRODUCTION))
    console.print(_corpus_table({name: look(make) for name, make in FACTORIES.items()}))
    console.print(Text(JUDGING))
    chosen = choose()
    with bar(console, len(FACTORIES) * len(chosen), LOOKING) as shown:
        judged = {name: _judged(make, chosen, shown) for name, make in FACTORIES.items()}
    console.print(_contract_table(judged, console))
    if installed() is None:
        console.print(Text(WITHOUT_KERAS))
    for name, results in judged.items():
        console.print(Text(f"{name}: {'; '.join(counted(results))}"))
    console.print(Text(f"\n{ENDING}"))


def _judged(make: Callable[..., Any], chosen: List[Requirement], shown: Bar) -> List[Result]:
    results: List[Result] = []
    with Session(make, POLICY, progress=shown.drive) as session:
        for result in session.results(chosen):
            results.append(result)
            shown.advance()
    return results


def _table(question: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(question, no_wrap=True)
    for name in FACTORIES:
        table.add_column(name, ratio=1, overflow="fold")
    return table


def _corpus_table(looks: Dict[str, Look]) -> Table:
    table = _table(f"of {FILES} files")
    for question, answer in (
        ("arrive in an epoch", _arrived),
        ("repeated in an epoch", _repeated),
        ("order of the second", _order),
        (f"sample {DAMAGED} damaged", lambda seen: seen.damaged),
    ):
        table.add_row(question, *(answer(seen) for seen in looks.values()))
    return table


def _arrived(seen: Look) -> str:
    return f"{len(set(seen.first))}, and {len(set(seen.first + seen.second))} in two"


def _repeated(seen: Look) -> str:
    return str(len(seen.first) - len(set(seen.first)))


def _order(seen: Look) -> str:
    return "the same again" if seen.first == seen.second else "another one"


def _contract_table(judged: Dict[str, List[Result]], console: Console) -> Table:
    table = _table("requirement")
    for row in zip(*judged.values()):
        table.add_row(row[0].requirement, *(_cell(result, console) for result in row))
    return table


def _cell(result: Result, console: Console) -> Text:
    cell = Text(label(result.verdict, console), STYLES[result.verdict])
    if result.witness is not None:
        cell.append(f"\n{result.witness}", "default")
    elif result.verdict not in (verdict.PASS, verdict.NOT_APPLICABLE, verdict.UNAVAILABLE):
        cell.append(f"\n{result.reason or result.detail}", "default")
    return cell
