"""What ``refloader check`` does: find the factory, judge its loaders, report as verdicts arrive."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, ContextManager, Dict, Iterator, List, Optional, Tuple

import click
from rich.console import Console

from refloader import capsule, ready
from refloader.checking import checked_waivers, chosen_requirements, unusable
from refloader.cli.subjects import find, find_callable, look_here_first
from refloader.contract.policy import Policy
from refloader.contract.requirement import Requirement
from refloader.contract.verdict import Counts, Result
from refloader.driving.processes.nursery import SuiteError
from refloader.driving.processes.stillness import Hang
from refloader.errors import AdapterError, UsageError
from refloader.reporting import jsonl, lock
from refloader.reporting.files import make_folder
from refloader.reporting.progress import LOOKING, bar
from refloader.reporting.report import HANG, INTERRUPTED, UNUSABLE, Report
from refloader.reporting.terminal import Terminal
from refloader.reporting.views import Views
from refloader.reporting.wording import FAILED, hanging
from refloader.session import Session
from refloader.waivers import waivers_in


@dataclass(frozen=True)
class Request:
    """One call of ``refloader check``."""

    subject: str
    policy: Policy
    identify: Optional[str] = None
    only: Tuple[str, ...] = ()
    skip: Tuple[str, ...] = ()
    waive: Dict[str, str] = field(default_factory=dict)
    jsonl: Optional[str] = None
    views: Views = field(default_factory=Views)
    lock: Optional[str] = None
    capsules: Optional[str] = None
    budget: Optional[float] = None
    exploring: Optional[int] = None
    traced: Tuple[str, ...] = ()
    n: Optional[int] = None
    start_methods: bool = False
    fit: bool = True
    ray: Optional[str] = None


class _Sinks:
    """Everything that is told of a run while it goes on."""

    def __init__(
        self, console: Console, writer: Optional[jsonl.Writer], request: Request, newer: List[str]
    ) -> None:
        self._request = request
        self._newer = newer
        self.console = console
        self.results: List[Result] = []
        self.head: Dict[str, Any] = {}
        self._terminal = Terminal(console)
        self._write: Callable[[Dict[str, Any]], None] = writer.write if writer else lambda _: None

    def header(self, head: Dict[str, Any]) -> None:
        self.head = head if self._request.lock is None else {**head, lock.ADVISORY: self._newer}
        self._terminal.header(head)
        self._write(self.head)

    def result(self, result: Result) -> None:
        asked = self._request
        if asked.capsules is not None and result.broken and result.drive is not None:
            path = capsule.write(asked.capsules, self.head, result, asked.identify, asked.traced)
            result = dataclasses.replace(result, capsule=path)
        self.results.append(result)
        # Before it is shown: what was seen on the screen is on record, whatever interrupts it then.
        self._write(result.to_json())
        self._terminal.result(result)

    def end(self) -> int:
        self._write(jsonl.footer(self.results))
        self._terminal.closing(self.results)
        self._advise()
        run = jsonl.Run(self.head, self.results, jsonl.footer(self.results))
        self._request.views.show(run, click.echo)
        code = Report(self.head, lock.binding(self.head, self.results)).exit_code
        if self._request.lock is not None and code != UNUSABLE:
            lock.write_new(self._request.lock, self.results)
        return code

    def _advise(self) -> None:
        """Say which requirements are broken and are no reason to fail yet."""
        broken = (one for one in self.results if one.broken)
        slugs = [one.requirement for one in broken if lock.is_advisory(self.head, one)]
        if slugs:
            told = f"advisory, because newer than {self._request.lock}: {', '.join(slugs)}"
            click.echo("\n".join(hanging("", told, self.console.width)))


def run(request: Request) -> int:
    """Judge the requested factory, report it on standard output, and return the exit code.

    Raises UsageError where the call or the factory is wrong.
    """
    chosen = chosen_requirements(request.only, request.skip)
    newer = _newer(request, chosen)
    request.views.prepare()
    if request.capsules is not None:
        make_folder(request.capsules, "capsules")
    with _writer(request.jsonl) as writer:
        sinks = _Sinks(Console(highlight=False), writer, request, newer)
        try:
            _judge(request, chosen, sinks)
            return sinks.end()
        except KeyboardInterrupt:
            ran = f"ran {Counts.of(sinks.results).ran} of {len(chosen)} requirements"
            under_way = [f", at {one.slug}" for one in chosen[len(sinks.results) :][:1]]
            click.echo("\n" + "".join([f"interrupted, {ran}", *under_way]))
            return INTERRUPTED
        except Hang as hang:
            click.echo(f"Error: {unusable(request.subject, hang)}", err=True)
            return HANG
        except UsageError:
            raise
        except (AdapterError, SuiteError) as error:
            raise UsageError(unusable(request.subject, error)) from None
        except Exception:  # noqa: BLE001 - whatever else was raised is no verdict on the loader
            click.echo(f"{traceback.format_exc()}\nError: {FAILED}", err=True)
            return UNUSABLE


def _newer(request: Request, chosen: List[Requirement]) -> List[str]:
    """Return the requirements that are newer than the lock, if there is one already."""
    if request.lock is None:
        return []
    locked = lock.read(request.lock)
    if locked is None and (request.only or request.skip):
        raise UsageError(
            f"the lock {request.lock} is not there yet, and is written by a run of the whole "
            "contract: leave out --only and --skip"
        )
    return lock.newer(chosen, locked)


def _waivers(given: Dict[str, str], subject: str) -> Dict[str, str]:
    """Return the waivers of the command line and of the file in the current directory."""
    filed = waivers_in(Path.cwd(), subject)
    for slug in filed:
        if slug in given:
            raise UsageError(f"{slug} is waived by --waive and in a file: remove one of them")
    return {**filed, **checked_waivers(given, subject)}


def _judge(request: Request, chosen: List[Requirement], sinks: _Sinks) -> None:
    look_here_first()
    # Its file may add the folder that they are in to where modules are looked for.
    find(request.subject)
    for module in request.traced:
        if importlib.util.find_spec(module.split(".")[0]) is None:
            raise UsageError(f"--trace {module}: there is no such module")
    settings = {
        "waive": _waivers(request.waive, request.subject),
        "identify": find_callable(request.identify) if request.identify else None,
        "training": request.fit,
        "start_methods": request.start_methods,
        "budget": request.budget,
        "exploring": request.exploring,
        "traced": request.traced,
    }
    with _cluster(request.ray) as cluster, bar(
        sinks.console, len(chosen), LOOKING
    ) as shown, _session(
        request, {**settings, "progress": shown.drive, "cluster": cluster}
    ) as session:
        if session.own:
            chosen = ready.judged(chosen)
        omitted = session.plan(chosen)
        extent = jsonl.Extent(request.budget, omitted, request.exploring, session.alike)
        sinks.header(jsonl.header(request.subject, session.policy, extent))
        for result in session.results(chosen):
            sinks.result(result)
            shown.advance()


def _session(request: Request, settings: Dict[str, Any]) -> Session:
    """Return a session over the factory, or over the ready loader, that the request names."""
    found = find(request.subject)
    if ready.is_ready(found):
        if request.capsules is not None:
            raise UsageError(
                "--capsules needs a factory, as a capsule builds its loader anew over other samples; "
                f"{request.subject} is a ready loader"
            )
        return ready.session(found, request.policy, n=request.n, **settings)
    factory = find_callable(request.subject)
    if request.n is not None:
        raise UsageError("--n is the size of a ready loader's data set; a factory is told its own")
    return Session(factory, request.policy, **settings)


@contextlib.contextmanager
def _cluster(address: Optional[str]) -> Iterator[Any]:
    if address is None:
        yield None
        return
    from refloader.scale.cluster import Cluster  # noqa: PLC0415 - it needs Ray

    with contextlib.closing(Cluster(address)) as cluster:
        yield cluster


def _writer(path: Optional[str]) -> ContextManager[Optional[jsonl.Writer]]:
    return contextlib.nullcontext() if path is None else jsonl.Writer(path)
