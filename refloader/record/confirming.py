"""Measuring once more what the record does not have: what chance gives once is no change."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple

from refloader.record.comparing import Change
from refloader.record.measuring import Answer, Job, jobs, measure

#: How many more runs an answer that is not on record has to come up in, at least once.
AGAIN = 4
Measure = Callable[[List[Job]], Iterator[Tuple[Job, List[Answer]]]]


def confirmed(found: Iterable[Change], run: Measure = measure) -> Tuple[List[Change], List[Change]]:
    """Return the changes that come up again in more runs, and those that do not.

    Load and rare races give an answer that does not come back; a framework that changed gives its
    new answer again. What one of the two records lacks is a change without more runs.
    """
    listed = list(found)
    seen = _measured_again([change for change in listed if change.before and change.after], run)
    stands = [change for change in listed if _stands(change, seen)]
    return stands, [change for change in listed if change not in stands]


def _measured_again(found: List[Change], run: Measure) -> Dict[Tuple[str, str], List[Any]]:
    asked = {(change.fact.slug, change.setting) for change in found}
    once = {
        (job.probe.name, job.setting): job
        for slug, setting in sorted(asked)
        for job in jobs([slug], repeats=1)
        if job.setting == setting
    }
    todo = [job._replace(turn=turn) for job in once.values() for turn in range(1, AGAIN + 1)]
    seen: Dict[Tuple[str, str], List[Any]] = {}
    for _, answers in run(todo) if todo else ():
        for answer in answers:
            seen.setdefault((answer.fact, answer.setting), []).append(answer.value)
    return seen


def _stands(change: Change, seen: Dict[Tuple[str, str], List[Any]]) -> bool:
    if not (change.before and change.after):
        return True
    again = seen[change.fact.slug, change.setting]
    return any(answer not in change.before.answers for answer in again)
