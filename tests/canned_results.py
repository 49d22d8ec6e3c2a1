"""A run with one result of each verdict, as no loader would give it."""

from __future__ import annotations

from refloader.contract.ledger import Scenario
from refloader.contract.verdict import Result, Witness
from refloader.reporting.report import Report

STACKS = """\
Driving process:
Thread 0x00007f0000000001 (most recent call first):
  File "{stdlib}/threading.py", line 327 in wait
  File "{stdlib}/threading.py", line 982 in run

Current thread 0x00007f0000000002 (most recent call first):
  File "{stdlib}/queue.py", line 171 in get
  File "{stdlib}/queue.py", line 160 in take
  File "{stdlib}/queue.py", line 150 in wait_for
  File "/home/ada/loaders.py", line 12 in __getitem__
  File "{package}/driving/subject.py", line 99 in read
"""
HEADER = {
    "refloader": "0.1.0",
    "contract": "1",
    "subject": "loaders:make",
    "policy": {"shuffle": True, "samples": "image-files"},
    "versions": {"python": "3.11.7", "numpy": "1.26.4"},
    "platform": "Linux",
}


def stacks() -> str:
    """Return the stacks of a hang with this machine's folders in them."""
    import queue
    from pathlib import Path

    import refloader

    return STACKS.format(
        stdlib=Path(queue.__file__).parent, package=Path(refloader.__file__).parent
    )


def witness(text: str) -> Witness:
    """Return a witness over five samples."""
    return Witness(text, Scenario(5, 4), "epochs")


def results() -> list[Result]:
    """Return one result of each verdict, with two failures and two hangs of one cause."""
    hang = {"blame": "framework", "witness": witness("nothing moves any more"), "ran": 3, "of": 9}
    return [
        Result("protocol.length", "MUST", "pass", ran=24, of=24),
        Result(
            "protocol.bounds",
            "MUST",
            "fail",
            blame="loader",
            witness=witness("index 2, past the end, gives a batch of 4 rows; IndexError was due"),
            ran=12,
            of=12,
        ),
        Result("coverage.no-loss", "MUST", "hang", detail=stacks(), **hang),
        Result("coverage.no-repeat", "MUST", "hang", detail=stacks(), **hang),
        Result("coverage.tail", "MUST", "waived", reason="the tail is dropped until issue 12"),
        Result("pairing.label", "MUST", "vacuous", reason="never came up: two classes"),
        Result(
            "shuffling.seeded",
            "MUST",
            "not-applicable",
            reason="no order is promised for a seed, and so there is nothing to compare",
        ),
        Result("shuffling.global-rng", "SHOULD", "error", detail="Traceback ...\nKeyError: 'x'"),
        Result("training.validation", "MUST", "unavailable", reason="no Keras is installed here"),
    ]


def report() -> Report:
    """Return the whole run."""
    return Report(HEADER, results())
