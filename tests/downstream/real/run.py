"""Judge real loaders from the package index, and compare with what each adapter expects.

Each adapter is a module of this folder: make(samples, batch_size, seed), POLICY (what the loader's
documentation promises), PYTHON and REQUIRES (where it runs), DISTRIBUTION (whose version is shown)
and EXPECTED (requirement -> what it really breaks). These are read without importing the adapter.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Tuple

import click
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BROKEN = ("fail", "hang")
UNJUDGED = "error"
NOT_ADAPTERS = ("run",)


@dataclass(frozen=True)
class Adapter:
    """What one module of this folder declares."""

    name: str
    python: str
    requires: Tuple[str, ...]
    distribution: str
    policy: Dict[str, Any]
    expected: Dict[str, str]
    identifies: bool = False

    @classmethod
    def read(cls, path: Path) -> Adapter:
        """Read the constants of an adapter; one that is missing is a KeyError that names it."""
        found: Dict[str, Any] = {}
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node in body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if name.isupper():
                    found[name] = ast.literal_eval(node.value)
        return cls(
            path.stem,
            found["PYTHON"],
            tuple(found["REQUIRES"]),
            found["DISTRIBUTION"],
            found["POLICY"],
            found["EXPECTED"],
            any(isinstance(node, ast.FunctionDef) and node.name == "identify" for node in body),
        )


@dataclass(frozen=True)
class Outcome:
    """What was judged of one loader: requirement -> witness for the broken ones."""

    name: str
    version: str
    kept: int
    broken: Dict[str, str]
    trouble: str = ""
    confirmed: Tuple[str, ...] = ()
    left_out: Tuple[str, ...] = ()
    unexpected: Tuple[str, ...] = ()
    absent: Tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Say whether it was judged otherwise than its adapter expects, or not at all."""
        return bool(self.trouble or self.unexpected or self.absent)


def adapters(names: Tuple[str, ...]) -> List[Adapter]:
    """Return the adapters of these names, or all; an unknown name is a UsageError."""
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_ADAPTERS)
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise click.UsageError(f"no adapter {', '.join(unknown)}; there are {', '.join(known)}")
    return [Adapter.read(HERE / f"{name}.py") for name in known if not names or name in names]


def environment(adapter: Adapter, folder: Path, wheel: Path) -> str:
    """Return an interpreter with refloader's wheel and what the adapter requires."""
    key = hashlib.sha256(repr((adapter.python, adapter.requires)).encode()).hexdigest()[:12]
    home = folder / f"{adapter.python}-{key}"
    python = str(home / "bin" / "python")
    if not home.exists():
        _call(["uv", "venv", "-q", "-p", adapter.python, str(home)])
        _call(["uv", "pip", "install", "-q", "-p", python, *adapter.requires])
    _call(
        ["uv", "pip", "install", "-q", "-p", python, "--reinstall-package", "refloader", str(wheel)]
    )
    return python


def built_wheel(folder: Path) -> Path:
    """Build refloader's wheel and return it."""
    _call(["uv", "build", "-q", "--wheel", "-o", str(folder), str(ROOT)])
    return max(folder.glob("refloader-*.whl"), key=lambda path: path.stat().st_mtime)


def _call(command: List[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)} failed:\n{done.stdout.decode()}")


def here(adapter: Adapter) -> str:
    """Return the current interpreter, if it is of the version that the adapter asks for."""
    if sysconfig.get_python_version() != adapter.python:
        now = sysconfig.get_python_version()
        raise click.UsageError(f"{adapter.name} runs on Python {adapter.python}, and this is {now}")
    return sys.executable


def judged(adapter: Adapter, python: str, *, fit: bool, skip: Tuple[str, ...] = ()) -> Outcome:
    """Hold one loader to the contract, without the chapters `skip`, in its own interpreter."""
    skipped = [word for name in skip for word in ("--skip", name)]
    left_out = (*sorted(skip), *(() if fit else ("fit",)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "judged.jsonl"
        command = [python, "-m", "refloader", "check", f"{HERE / adapter.name}.py:make"]
        command += ["--jsonl", str(file), *_flags(adapter.policy), *skipped]
        command += [] if fit else ["--no-fit"]
        if adapter.identifies:
            command += ["--identify", f"{HERE / adapter.name}.py:identify"]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3"),
        )
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        results = [line for line in map(json.loads, lines) if "requirement" in line]
        said = done.stdout.decode(errors="replace").strip()
        found = _outcome(adapter, results, said)
        return replace(found, version=version(adapter, python), left_out=left_out)


def _outcome(adapter: Adapter, results: List[Dict[str, Any]], said: str) -> Outcome:
    broken = {
        line["requirement"]: line["witness"]["sentence"] if line["witness"] else "it hangs"
        for line in results
        if line["verdict"] in BROKEN
    }
    errors = [line["requirement"] for line in results if line["verdict"] == UNJUDGED]
    trouble = f"not judged: {', '.join(errors)}" if errors else ""
    ran = {line["requirement"] for line in results if line["verdict"] in (*BROKEN, "pass")}
    return Outcome(
        adapter.name,
        "",
        sum(line["verdict"] == "pass" for line in results),
        broken,
        trouble if results else said[-600:] or "it said nothing",
        confirmed=tuple(slug for slug in broken if slug in confirmation(adapter)),
        unexpected=tuple(sorted(set(broken) - set(adapter.expected))),
        absent=tuple(sorted((set(adapter.expected) & ran) - set(broken))),
    )


def confirmation(adapter: Adapter) -> Tuple[str, ...]:
    """Return the requirements that a script shows to be broken, without refloader.

    The script has the adapter's name, or only that of its package where one serves several.
    """
    names = (adapter.name, adapter.name.partition("_")[0])
    scripts = [HERE / "confirm" / f"{name}.py" for name in names]
    found = [script.read_text(encoding="utf-8") for script in scripts if script.exists()]
    for node in ast.parse("\n".join(found[:1])).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CONFIRMS":
            return tuple(ast.literal_eval(node.value))
    return ()


def _flags(policy: Dict[str, Any]) -> List[str]:
    flags: List[str] = []
    for field, value in policy.items():
        option = f"--{field.replace('_', '-')}"
        flags += [option] if value is True else [option, str(value)]
    return flags


def version(adapter: Adapter, python: str) -> str:
    """Return the installed version of the adapter's distribution."""
    code = f"from importlib.metadata import version; print(version({adapter.distribution!r}))"
    done = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, check=False)
    return f"{adapter.distribution} {done.stdout.decode().strip()}"


def as_table(outcomes: List[Outcome]) -> Table:
    """Lay the outcomes out for the terminal."""
    table = Table("loader", "version", "kept", "broken", "witness")
    for one in outcomes:
        marked = [f"{slug}{_mark(slug, one)}" for slug in one.broken]
        marked += [f"{slug} (expected, and kept)" for slug in one.absent]
        first = next(iter(one.broken.values()), one.trouble)
        table.add_row(one.name, one.version, str(one.kept), "\n".join(marked), one.trouble or first)
    return table


def _mark(slug: str, one: Outcome) -> str:
    if slug in one.unexpected:
        return " (not expected)"
    return " ✓" if slug in one.confirmed else ""


def as_markdown(outcomes: List[Outcome], expected: Dict[str, Dict[str, str]]) -> str:
    """Lay the outcomes out as one table a reader can check: what is broken, how, and why."""
    lines = [
        "| loader | version | kept | left out | broken | witness | confirmed |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in outcomes:
        if not one.broken:
            lines.append(
                f"| {one.name} | {one.version} | {one.kept} | {', '.join(one.left_out)} | {one.trouble or '-'} | | |"
            )
        for slug, witness in one.broken.items():
            why = expected[one.name].get(slug, "not expected")
            sure = f"yes: {why}" if slug in one.confirmed else why
            shown = witness.replace("|", "/").replace("\n", " ")
            lines.append(
                f"| {one.name} | {one.version} | {one.kept} | {', '.join(one.left_out)} "
                f"| `{slug}` | {shown} | {sure} |"
            )
    return "\n".join(lines) + "\n"


def merged(outcomes: List[Outcome], file: Path) -> List[Outcome]:
    """Return the recorded outcomes with these in place of those of the same loaders."""
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    known = {row["name"]: Outcome(**row) for row in rows}
    known.update((one.name, one) for one in outcomes)
    present = {adapter.name for adapter in adapters(())}
    return [known[name] for name in sorted(known) if name in present]


@click.command()
@click.argument("names", nargs=-1)
@click.option("--here", "use_here", is_flag=True, help="Use the current interpreter as it is.")
@click.option("--no-fit", is_flag=True, help="Do not train with the installed framework.")
@click.option("--skip", multiple=True, metavar="CHAPTER", help="Leave a chapter out (repeatable).")
@click.option(
    "--environments",
    type=click.Path(path_type=Path),
    default=HERE / ".environments",
    help="Where the virtual environments are kept.",
)
@click.option("--record/--no-record", default=True, help="Write results.json and results.md.")
def main(  # noqa: PLR0917 - click passes all of them by keyword
    names: Tuple[str, ...],
    use_here: bool,
    no_fit: bool,
    skip: Tuple[str, ...],
    environments: Path,
    record: bool,
) -> None:
    """Judge the loaders NAMES (all); exit 1 where the outcome is not the expected one."""
    console = Console()
    chosen = adapters(names)
    if not use_here and shutil.which("uv") is None:
        raise click.UsageError("uv is not installed: install it, or use --here")
    if not use_here:
        # It puts pyenv's interpreters, of which uv sees only shims, on the PATH, as for tox.
        sys.path.insert(0, str(ROOT))
        importlib.import_module("toxfile")
    wheel = Path() if use_here else built_wheel(environments)
    outcomes: List[Outcome] = []
    for adapter in chosen:
        python = here(adapter) if use_here else environment(adapter, environments, wheel)
        outcomes.append(judged(adapter, python, fit=not no_fit, skip=skip))
        console.print(f"{adapter.name}: {len(outcomes[-1].broken)} broken", highlight=False)
        if record:
            # At once: a run that is interrupted keeps what it has judged.
            _record(merged(outcomes, HERE / "results.json"))
    console.print(as_table(outcomes))
    sys.exit(any(one.differs for one in outcomes))


def _record(outcomes: List[Outcome]) -> None:
    rows = [asdict(one) for one in outcomes]
    expected = {adapter.name: adapter.expected for adapter in adapters(())}
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    (HERE / "results.json").write_text(text + "\n", encoding="utf-8")
    (HERE / "results.md").write_text(as_markdown(outcomes, expected), encoding="utf-8")


if __name__ == "__main__":
    main()
