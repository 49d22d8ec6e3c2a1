"""What a y is as a code of its class: an index, or the column of a row that is one-hot."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Tuple

#: The greatest numbers of 8, 16, 32 and 64 bits without a sign.
_GREATEST = [2**bits - 1 for bits in (8, 16, 32, 64)]


def codes_of_their_own(pairs: Set[Tuple[int, Any]]) -> bool:
    """Say whether these (label, y) are what encoding these labels alone would give."""
    names = {name for name, _ in pairs}
    codes = {_code(target) for _, target in pairs}
    widths = {len(_numbers(target)) for _, target in pairs}
    one_each = len(pairs) == len(names) == len(codes)
    ranked = codes == set(range(len(names)))
    as_wide = widths <= {len(names), 1 + max(names)} and widths != {1}
    single = len(names) == 1 and codes == {1.0} and widths == {1}
    return one_each and (ranked or as_wide or single)


def _code(target: Any) -> Any:
    """Return the class index that a target stands for: its value, or its one-hot column."""
    numbers = _numbers(target)
    if len(numbers) == 1 or any(isinstance(number, str) for number in numbers):
        return numbers[0]
    return numbers.index(max(numbers))


def _numbers(target: Any) -> Tuple[float, ...]:
    if not isinstance(target, tuple):
        return (target,)
    return tuple(number for part in target for number in _numbers(part))


def one_without_column(seen: Dict[int, List[Any]], classes: int) -> Optional[str]:
    """Tell of the first class where it is a row of zeros and each other one has a column.

    Of the last class it is no dropped dummy: the factory may be written for a data set of fewer classes.

    :param seen: each label, with every y that came with it.
    :param classes: how many classes the data set has; of two, one column is all that is needed.
    """
    rows = {label: _numbers(found[0]) for label, found in seen.items() if len(found) == 1}
    if set(rows) != set(range(classes)) or {len(row) for row in rows.values()} != {classes - 1}:
        return None
    first, *others = (rows[label] for label in range(classes))
    columns = {row.index(1) for row in others if (row.count(1), row.count(0)) == (1, len(row) - 1)}
    if classes <= 2 or any(first) or len(columns) != len(others):  # noqa: PLR2004 - see above
        return None
    return "label 0 is encoded as a row of zeros, each other one as a column of its own"


def no_index_for_zero(seen: Dict[int, List[Any]], classes: int) -> Optional[str]:
    """Tell of class indexes of which one is none: -1 stands for 0, or 1 was taken off a 0 without a sign.

    :param seen: each label, with every y that came with it.
    :param classes: how many classes the data set has; -1 and 1 are what a binary task may have.
    """
    codes = [_numbers(found[0]) for _, found in sorted(seen.items()) if len(found) == 1]
    single = len(codes) == classes and all(len(code) == 1 for code in codes)
    if classes <= 2 or not single or any(isinstance(code[0], str) for code in codes):  # noqa: PLR2004
        return None
    first, *others = (code[0] for code in codes)
    if sorted([first, *others]) == [-1, *range(1, classes)]:
        return f"classes are numbered 1 to {classes - 1}, and the first one -1 in place of 0"
    if others == [*range(classes - 1)] and first in _GREATEST and first > classes:
        return f"classes are numbered 0 to {classes - 2}, and the first one {int(first)}"
    return None
