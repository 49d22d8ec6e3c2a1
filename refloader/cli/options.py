"""The policy's fields as options of the command line."""

from __future__ import annotations

import math
import secrets
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import click

from refloader.contract.policy import CHOICES, nearest

HELP = {
    "kind": "The factory returns an object read by index, an endless generator, or arrays.",
    "tail": "What becomes of the last partial batch: it comes short, or not, or filled up "
    "to batch_size, on each rank; where it brings weights, with rows of weight 0.",
    "sampling": "Whether an epoch delivers each sample once, or draws them.",
    "shuffle": "The loader itself reorders between epochs.",
    "seeded": "The same seed promises the same order.",
    "augment": "x may differ between two reads of the same sample.",
    "on_bad_sample": "What becomes of a file that cannot be read; mask: sample weight 0.",
    "shards": "The loader takes shard=(rank, world size).",
    "resumable": "The loader has state_dict() and load_state_dict().",
    "samples": "What the factory reads of its samples; auto: found out by watching it.",
    "formats": "The formats of the files that it reads; of another one it is given none. any: grey "
    "ones and RGBA too, .JPG and .jpeg.",
    "classes": "What classes of samples it takes; two: of a binary task; pairs: two samples or more of each.",
    "targets": "Whether y is a code of the class, or the sample's own; auto: found out by relabelling.",
    "shapes": "Whether arrays have one shape in all batches, or each batch is padded to its longest. Then "
    "the factory makes (n, steps, 48) of samples.arrays, each step the sample's values or padding.",
}

VIEWS = {
    "junit": "Write the results as JUnit XML too, a test case a requirement.",
    "markdown": "Write a page for the summary of a CI job too.",
    "html": "Write one self-contained page too (needs jinja2).",
}

Command = Callable[..., Any]


def policy_options(command: Command) -> Command:
    """Give a command an option for each field of the policy."""
    for field, choices in reversed(list(CHOICES.items())):
        command = _option(field, choices)(command)
    return command


def view_options(command: Command) -> Command:
    """Give a command an option for each view of a run that is a file."""
    for name, told in reversed(list(VIEWS.items())):
        command = click.option(f"--{name}", metavar="FILE", help=told)(command)
    return command


def _option(field: str, choices: Tuple[Any, ...]) -> Callable[[Command], Command]:
    name = "--" + field.replace("_", "-")
    if choices == (False, True):
        return click.option(name, is_flag=True, help=HELP[field])
    return click.option(
        name,
        default=choices[0],
        show_default=True,
        metavar="|".join(choices),
        callback=_one_of_its_choices,
        help=HELP[field],
    )


def _one_of_its_choices(_context: click.Context, option: click.Parameter, value: str) -> str:
    choices = CHOICES[str(option.name)]
    if value not in choices:
        raise click.BadParameter(f"{value!r} is not possible{nearest(value, choices)}")
    return value


def finite(
    _context: click.Context, _option: click.Parameter, given: Optional[float]
) -> Optional[float]:
    """Return a number that is one."""
    if given is not None and not math.isfinite(given):
        raise click.BadParameter(f"{given} is no number of seconds")
    return given


def exploring(
    _context: click.Context, _option: click.Parameter, given: Optional[str]
) -> Optional[int]:
    """Return the seed to explore from: a new one, or that which is given."""
    if given is None:
        return None
    if given != "new" and not given.isdigit():
        raise click.BadParameter(
            f"{given!r} is neither 'new' nor a seed, a whole number of at least 0"
        )
    return secrets.randbelow(2**32) if given == "new" else int(given)


def waivers(
    _context: click.Context, _option: click.Parameter, given: Sequence[str]
) -> Dict[str, str]:
    """Return the values SLUG=REASON as {slug: reason}."""
    for text in given:
        if "=" not in text:
            raise click.BadParameter(
                f"{text!r} gives no reason: write SLUG=REASON, such as "
                "'coverage.tail=the last batch is dropped until issue 12 is done'"
            )
    pairs = (text.partition("=") for text in given)
    return {slug.strip(): reason.strip() for slug, _, reason in pairs}
