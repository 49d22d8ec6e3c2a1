"""The command line of ``refloader``: a command a module."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, List, Optional, Tuple

import click

from refloader import __version__
from refloader.cli.bench import bench
from refloader.cli.check import check
from refloader.cli.demo import demo
from refloader.cli.facts import facts
from refloader.cli.matrix import matrix
from refloader.cli.new import new
from refloader.cli.replay import replay
from refloader.cli.spec import spec
from refloader.cli.upgrade import upgrade
from refloader.contract.policy import nearest
from refloader.errors import AdapterError, UsageError, is_full
from refloader.reporting.report import INTERRUPTED


class _Refused(click.ClickException):
    """The call or the adapter is wrong."""

    exit_code = 2


class _Commands(click.Group):
    """Commands whose wrong calls end in one message and exit code 2."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        # Around everything: a help that cannot be printed is printed while the call is being read.
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if not is_full(error):
                raise
            _Refused(f"no space is left: {error.filename or 'to print to'}").show()
            _drop_what_is_unprinted()
            sys.exit(_Refused.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (AdapterError, UsageError) as error:
            raise _Refused(str(error)) from None
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)

    def resolve_command(
        self, ctx: click.Context, args: List[str]
    ) -> Tuple[Optional[str], Optional[click.Command], List[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


def _interrupt_once(_number: int, _frame: Any) -> None:
    """Take a first SIGTERM for an interrupt: `timeout` sends two, and the other would break off the end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _as_before(handler: Any) -> None:
    # Who was interrupted is about to end, and is to end in peace.
    if signal.getsignal(signal.SIGTERM) is _interrupt_once:
        signal.signal(signal.SIGTERM, handler)


def _drop_what_is_unprinted() -> None:
    # The interpreter would try once more as it ends, and end with a code of its own.
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="refloader")
def main() -> None:
    """Hold a Keras data loader to a contract.

    A loader that loses, repeats or mislabels samples trains a worse model and says nothing.
    refloader feeds a loader samples that carry their identity, pulls it in every way that a
    framework does, and shows the smallest case in which it breaks its contract.

    \b
      refloader demo                       see it find the faults of a published loader
      refloader check loaders.py:make      judge your own
      refloader new my_project             begin with a loader and its guard
      refloader spec coverage.no-loss      read what is asked, and why
    """
    # Asked to end, as by a build that is cancelled, it leaves as little behind as when interrupted.
    before = signal.signal(signal.SIGTERM, _interrupt_once)
    click.get_current_context().call_on_close(lambda: _as_before(before))
    for stream in (sys.stdout, sys.stderr):
        # What a loader says in an error may be in letters that this terminal does not have.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


main.add_command(check)
main.add_command(new)
main.add_command(replay)
main.add_command(spec)
main.add_command(demo)
main.add_command(facts)
main.add_command(upgrade)
main.add_command(matrix)
main.add_command(bench)
