"""The errors that users of refloader meet."""

from __future__ import annotations


class UsageError(ValueError):
    """The call is wrong: an unknown option, slug, module or value (exit code 2)."""


class AdapterError(Exception):
    """The factory does not build what it was asked to build (verdict ``adapter``, exit code 2)."""
