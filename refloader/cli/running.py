"""What ``refloader check`` does: find the factory, judge its loaders, report as verdicts arrive."""

from __future__ import annotations

import contextlib
import traceback
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import click
from rich.console import Console

from refloader.checking import checked_waivers, chosen_requirements, unusable
from refloader.cli.subjects import find_callable
from refloader.contract.policy import Policy
from refloader.contract.requirement import Requirement
from refloader.contract.verdict import Counts, Result
from refloader.driving.watch import Hang, SuiteError
from refloader.errors import AdapterError, UsageError
from refloader.reporting import jsonl
from refloader.reporting.progress import bar
from refloader.reporting.report import HANG, UNUSABLE, Report
from refloader.reporting.terminal import Terminal
from refloader.reporting.wording import FAILED
from refloader.session import Session

INTERRUPTED = 130


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
    fit: bool = True


class _Sinks:
    """Everything that is told of a run while it goes on."""

    def __init__(self, console: Console, writer: Optional[jsonl.Writer]) -> None:
        self.console = console
        self.results: List[Result] = []
        self.head: Dict[str, Any] = {}
        self._terminal = Terminal(console)
        self._write: Callable[[Dict[str, Any]], None] = writer.write if writer else lambda _: None

    def header(self, head: Dict[str, Any]) -> None:
        self.head = head
        self._terminal.header(head)
        self._write(head)

    def result(self, result: Result) -> None:
        self.results.append(result)
        self._terminal.result(result)
        self._write(result.to_json())

    def end(self) -> int:
        self._write(jsonl.footer(self.results))
        self._terminal.closing(self.results)
        return Report(self.head, self.results).exit_code


def run(request: Request) -> int:
    """Judge the requested factory, report it on standard output, and return the exit code.

    Raises UsageError where the call or the factory is wrong.
    """
    chosen = chosen_requirements(request.only, request.skip)
    with _writer(request.jsonl) as writer:
        sinks = _Sinks(Console(highlight=False), writer)
        try:
            _judge(request, chosen, sinks)
            return sinks.end()
        except KeyboardInterrupt:
            ran = Counts.of(sinks.results).ran
            click.echo(f"\ninterrupted, ran {ran} of {len(chosen)} requirements")
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


def _judge(request: Request, chosen: List[Requirement], sinks: _Sinks) -> None:
    waive = checked_waivers(request.waive)
    factory = find_callable(request.subject)
    identify = find_callable(request.identify) if request.identify else None
    with bar(sinks.console, len(chosen)) as shown, Session(
        factory,
        request.policy,
        identify=identify,
        waive=waive,
        training=request.fit,
        progress=shown.drive,
    ) as session:
        session.probe()
        sinks.header(jsonl.header(request.subject, session.policy))
        for result in session.results(chosen):
            sinks.result(result)
            shown.judged()


@contextlib.contextmanager
def _writer(path: Optional[str]) -> Iterator[Optional[jsonl.Writer]]:
    if path is None:
        yield None
    else:
        with jsonl.Writer(path) as writer:
            yield writer
