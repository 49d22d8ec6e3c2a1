"""The errors that users of refloader meet."""

from __future__ import annotations

import errno


class UsageError(ValueError):
    """The call is wrong: an unknown option, slug, module or value (exit code 2)."""


class AdapterError(Exception):
    """The factory does not build what it was asked to build (verdict ``adapter``, exit code 2)."""


def is_full(error: BaseException) -> bool:
    """Say whether an error is one of the machine's, which has no room left: nobody's fault is shown by it."""
    return getattr(error, "errno", None) == errno.ENOSPC
