"""``refloader check``: the command; what it does is in refloader.cli.running."""

from __future__ import annotations

import sys
from typing import Any

import click

from refloader.cli.options import VIEWS, exploring, finite, policy_options, view_options, waivers
from refloader.contract.policy import CHOICES, Policy

HELP = """Judge the loader that FACTORY builds.

A factory is a function that builds your loader from samples that refloader makes:

\b
  def make(samples, batch_size, seed):
      return MySequence(samples.paths, samples.labels, batch_size)

\b
samples has .paths .labels .frame .directory (image files) and
.arrays .images .weights (in memory), .classes .n_classes and len();
.folder is a new one in each call, for files that the factory makes.

\b
  refloader check loaders.py:make
  refloader check loaders:make --shuffle --seeded --tail drop
  refloader check loaders:make --budget 5

LOADER is a ready loader over data of your own: its samples are known by their content, and it is
held to whatever needs no samples made for the purpose. Say with --n how many it should have.

\b
  refloader check train:loader --n 60000

The policy options declare what the loader does on purpose; what is not declared is held to the
strictest reading. MODULE is looked for in the current directory first.

Waivers may also stand in refloader.toml, or under tool.refloader in pyproject.toml, there:

\b
  [[tool.refloader.waive]]
  requirement = "coverage.tail"
  kind = "own-bug"          unsupported, own-bug, upstream-bug or planned
  reason = "the model takes whole batches only"
  link = "https://..."      optional
  expires = 2030-12-31      optional: an error from the day after
  loader = "loaders:make"   optional: for this one of several loaders
"""
EPILOG = """\b
Exit codes:
  0    kept: nothing that was judged is broken
  1    broken: at least one requirement failed
  2    the call or the factory is wrong, nothing was judged, or refloader itself failed
  3    hang: the loader stood still
  130  interrupted
"""


@click.command(help=HELP, epilog=EPILOG)
@click.argument("subject", metavar="MODULE:FACTORY|LOADER")
@policy_options
@click.option(
    "--identify", metavar="MODULE:FUNCTION", help="Batch -> ids of its rows; or FILE.py:FUNCTION."
)
@click.option("--only", multiple=True, metavar="SLUG|CHAPTER", help="Judge these (repeatable).")
@click.option("--skip", multiple=True, metavar="SLUG|CHAPTER", help="Leave these out (repeatable).")
@click.option(
    "--waive",
    multiple=True,
    metavar="SLUG=REASON",
    callback=waivers,
    help="Let this one be broken, for a reason (repeatable). An error once it is kept.",
)
@click.option("--jsonl", metavar="FILE", help="Write the results as JSON lines too.")
@view_options
@click.option("--github", is_flag=True, help="Print annotations for GitHub; write its job summary.")
@click.option(
    "--lock",
    metavar="FILE",
    help="Write down what was judged; if FILE exists, requirements that are not in it are "
    "advisory: reported, and no reason to fail. Delete it to take them on.",
)
@click.option("--capsules", metavar="FOLDER", help="Write a file to replay each failure from.")
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
    metavar="SECONDS",
    help="Make first the drives that find most a second, as many as fit; say what is left out.",
)
@click.option(
    "--explore",
    "exploring",
    metavar="new|SEED",
    callback=exploring,
    help="For nightly runs: draw a hundred scenarios more per drive, from a new seed or from this.",
)
@click.option(
    "--trace",
    "traced",
    multiple=True,
    metavar="MODULE",
    help="Interleave readers line by line in this module or package too (repeatable).",
)
@click.option("--n", type=click.IntRange(min=1), metavar="N", help="Samples that a LOADER has.")
@click.option(
    "--start-methods",
    is_flag=True,
    help="Also train with worker processes that are spawned: each imports the framework anew.",
)
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="Spread a long check over a Ray cluster: auto, ray://HOST:PORT, or local to start one here.",
)
@click.option("--no-fit", is_flag=True, help="Do not train with the installed framework.")
def check(subject: str, **asked: Any) -> None:
    """Judge a loader as the call asks.

    asked -- the options by the names of what they set: a field of the policy, a view, or of the request
    """
    # Imported here: the help must not wait for NumPy and Hypothesis. Another interpreter imports them
    # at the same time.
    from refloader.driving.processes import warm  # noqa: PLC0415

    warm.prepare()
    from refloader.cli.running import Request, run  # noqa: PLC0415
    from refloader.reporting.views import Views  # noqa: PLC0415

    policy = Policy.of(**{name: asked.pop(name) for name in CHOICES})
    views = Views(**{name: asked.pop(name) for name in (*VIEWS, "github")})
    fit = not asked.pop("no_fit")
    sys.exit(run(Request(subject, policy, views=views, fit=fit, **asked)))
