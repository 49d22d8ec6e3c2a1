"""What is said of a result, in plain lines: the same words in the terminal and in pytest."""

from __future__ import annotations

import textwrap
from typing import Any, Dict, Iterable, List, Tuple

from refloader.contract import verdict
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.contract.verdict import Counts, Result
from refloader.driving.processes.standstill import ENDLESS
from refloader.reporting.stacks import shortened

PLAIN_WIDTH = 80
LABEL_WIDTH = 10
FAILED = "refloader itself failed, and says nothing of the loader. Please report this."
#: What is printed above it may well be kept.
_UNJUDGED = "Until it ends, no more is known of what is asked here. "
#: What to do about a hang, whatever it keeps from being judged.
OF_A_HANG = (
    f"{_UNJUDGED}See in the stacks what is waited for. Threads and pools that were started before a fork do "
    "not run in the worker, and a lock that was held then is never released there: make them where a process "
    "first needs them, and leave them out of __getstate__. A queue needs an end for each of its readers, also "
    "after an error; two locks are taken in one order everywhere."
)
#: The same where what hangs is no wait but a loop.
OF_A_LOOP = (
    f"{_UNJUDGED}See in the stacks which loop goes on and on without a batch. `while True:` around a loop "
    "over the samples never ends where there are none, or where each of them is left out: raise ValueError "
    "over no samples, and an error after a whole pass that gave nothing. One that draws until another sample "
    "of the same class comes never ends in a class of one: refuse such a class, or declare classes='pairs', "
    "and the loader is given none."
)
# A frame of a stack or a traceback is indented already, and breaking it makes it unreadable.
VERBATIM = ("stacks", "traceback")


def explanation(result: Result) -> List[Tuple[str, str]]:
    """Return what explains a verdict that is no pass, as (label, text), witness first."""
    if result.verdict == verdict.ERROR:
        told = ("stale", result.reason) if result.reason else ("error", FAILED)
        return [told, *([("traceback", result.detail)] if result.detail else [])]
    if not result.broken:
        return []
    requirement = find(result.requirement)
    stacks = "\n".join(shortened(result.detail)) if result.detail else ""
    return [
        ("witness", str(result.witness)),
        *([("stacks", stacks)] if stacks else []),
        ("blame", str(result.blame)),
        *([("facts", result.reason)] if result.blame == "framework" and result.reason else []),
        (result.level, requirement.statement),
        ("fix", advice(result)),
    ]


def advice(result: Result) -> str:
    """Return what to do about a broken requirement."""
    if result.verdict != verdict.HANG:
        return find(result.requirement).fix
    return OF_A_LOOP if ENDLESS in str(result.witness) else OF_A_HANG


def explained(result: Result, width: int, indent: int = 0) -> List[str]:
    """Return the explanation as lines of at most `width` characters, `indent` of them blank."""
    lines: List[str] = []
    for label, text in explanation(result):
        head = " " * indent + label.ljust(LABEL_WIDTH)
        if label in VERBATIM:
            lines += [head.rstrip(), *(" " * (indent + 2) + line for line in text.splitlines())]
        else:
            lines += hanging(head, text, width)
    return lines


def hanging(head: str, text: str, width: int) -> List[str]:
    """Return `head` with `text` wrapped beside it; words, such as paths, are never broken."""
    return textwrap.wrap(
        " ".join(text.split()),
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]


def failure(result: Result, width: int) -> str:
    """Return the message of a failed test: the requirement and all that explains its verdict."""
    heading = f"{result.requirement}: {result.verdict}"
    return "\n".join([heading, *explained(result, width, indent=2)])


def counted(results: Iterable[Result]) -> List[str]:
    """Return the closing lines: the verdicts counted, and how many requirements ran of how many."""
    counts = Counts.of(results)
    named = [f"{number} {name}" for name, number in counts.by_verdict.items() if number]
    return [", ".join(named) or "no verdict", f"ran {counts.ran} of {counts.total} requirements"]


def policy_words(policy: Policy) -> str:
    """Return the policy in a phrase: what differs from the default."""
    named = [f"{field}={value!r}" for field, value in policy.declared().items()]
    return "; ".join([", ".join(named), "all else is the default, the strictest"][not named :])


def budget_words(head: Dict[str, Any]) -> str:
    """Return the budget of a run in a phrase: what was left out to keep to it."""
    omitted = ", ".join(head["left_out"])
    return f"{head['budget']:g} s" + (f", leaving out {omitted}" if omitted else "")


def exploring_words(head: Dict[str, Any]) -> str:
    """Return how an exploration is run again."""
    return f"from seed {head['exploring']}: --explore {head['exploring']} draws the same again"


def alike_words(head: Dict[str, Any]) -> str:
    """Return what was taken for granted of samples that cannot be told apart."""
    return f"{head['alike']} samples have the content of another: taken for equal rows of the data"


def version_words(versions: Dict[str, str]) -> str:
    """Return the versions in a phrase; that no Keras is there is said as well."""
    named = [f"{name} {version}" for name, version in versions.items()]
    return ", ".join(named if "backend" in versions else [*named, "no Keras"])
