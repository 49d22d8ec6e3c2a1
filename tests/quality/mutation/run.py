"""Changes the code at random places, one at a time, and counts the changes that a test notices.

In a clone of its own, which it changes:

python tests/quality/mutation/record.py ledgers
python tests/quality/mutation/run.py contract --ledgers ledgers --sample 400
python tests/quality/mutation/run.py loading --sample 200
"""

from __future__ import annotations

import contextlib
import random
import shlex
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Iterator, List

import click
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
#: Where the process listens that judges the recorded ledgers.
SOCKET = "judging.socket"
#: How long the tests of a folder may take, in seconds: several times what they do, as a change that they
#: do not end with is taken for noticed.
FOLDERS = {"contract": 120, "loading": 1200, "driving": 2400}
SETTINGS = """\
[cosmic-ray]
module-path = "refloader/{folder}"
timeout = {timeout}
excluded-modules = []
test-command = "{command}"
[cosmic-ray.distributor]
name = "local"
"""
OUTCOMES = """
select specs.module_path, specs.start_pos_row, specs.operator_name, results.test_outcome, results.diff
from mutation_specs specs join work_results results on specs.job_id = results.job_id
"""


def command(folder: str) -> str:
    """Return the command that fails if a change is noticed."""
    python = shlex.quote(sys.executable)
    if folder == "contract":
        return f"{python} -S -E {HERE / 'ask.py'} {SOCKET}"
    return f"{python} {HERE / 'notice.py'}"


def planned(folder: str, sample: int) -> Path:
    """Write the session's files: as many of all possible changes as are asked for, drawn by a seed."""
    settings, session = Path(f"{folder}.toml"), Path(f"{folder}.sqlite")
    settings.write_text(
        SETTINGS.format(folder=folder, timeout=FOLDERS[folder], command=command(folder))
    )
    session.unlink(missing_ok=True)
    cosmic_ray("init", settings, session)
    jobs = places(session)
    chosen = random.Random(0).sample(jobs, min(sample, len(jobs)))
    leave_out(session, sorted(set(jobs) - set(chosen)))
    return session


def places(session: Path) -> List[str]:
    """Return the changes in the order of the code: the jobs' own names are new in each session."""
    order = "module_path, start_pos_row, start_pos_col, operator_name, occurrence, operator_args"
    with sqlite3.connect(session) as database:
        found = database.execute(f"select job_id from mutation_specs order by {order}")  # noqa: S608
        return [row[0] for row in found]


def leave_out(session: Path, jobs: List[str]) -> None:
    """Take changes out of a session."""
    with sqlite3.connect(session) as database:
        for table in ("mutation_specs", "work_items"):
            database.executemany(
                f"delete from {table} where job_id = ?",  # noqa: S608 - the names above
                [(job,) for job in jobs],
            )


@contextlib.contextmanager
def judging(ledgers: str) -> Iterator[None]:
    """Have a process beside this one that judges the recorded ledgers."""
    Path(SOCKET).unlink(missing_ok=True)
    server = [sys.executable, str(HERE / "rejudge.py"), ledgers, SOCKET]
    with subprocess.Popen(server, stdout=subprocess.PIPE) as process:
        try:
            if not process.stdout or process.stdout.readline() != b"ready\n":
                raise click.ClickException("the recorded ledgers cannot be judged; see above")
            yield
        finally:
            process.kill()


def cosmic_ray(*arguments: object) -> None:
    """Run the mutation tester."""
    program = Path(sys.executable).with_name("cosmic-ray")
    subprocess.run([str(program), *map(str, arguments)], check=True)


def show(session: Path, console: Console) -> None:
    """Print how many changes of each module were noticed, and the others in full."""
    with sqlite3.connect(session) as database:
        outcomes = database.execute(OUTCOMES).fetchall()
    noticed: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for module, row, operator, outcome, diff in sorted(outcomes):
        made[module] += 1
        noticed[module] += outcome != "SURVIVED"
        if outcome == "SURVIVED":
            console.print(f"\n{module}:{row} {operator}\n{diff}", markup=False, highlight=False)
    table = Table("module", "changes", "noticed")
    for module in sorted(made):
        table.add_row(module, str(made[module]), str(noticed[module]))
    table.add_row("all", str(sum(made.values())), str(sum(noticed.values())))
    console.print(table)


@click.command()
@click.argument("folder", type=click.Choice(list(FOLDERS)))
@click.option("--ledgers", default="ledgers", help="Made by record.py; for the contract.")
@click.option("--sample", default=200, show_default=True, help="How many changes to try.")
@click.option("--show-only", is_flag=True, help="Print what an earlier run found.")
def main(folder: str, ledgers: str, sample: int, *, show_only: bool) -> None:
    """Try changes of the modules in one FOLDER of the package."""
    session = Path(f"{folder}.sqlite")
    if not show_only:
        session = planned(folder, sample)
        with judging(ledgers) if folder == "contract" else contextlib.nullcontext():
            cosmic_ray("exec", f"{folder}.toml", session)
    show(session, Console())


if __name__ == "__main__":
    main()
