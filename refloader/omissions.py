"""Why drives are not made: the words, and which are left out before anything is looked at."""

from __future__ import annotations

from typing import Dict

from refloader.contract.drives import FRAMEWORK, STARTED_FIT
from refloader.frameworks.installed import installed

NO_FRAMEWORK = "no Keras is installed here"
NOT_ASKED = "training was not asked for"
NOT_FED = "the installed Keras has no such way to feed from a loader of kind {kind}"
OTHER_KERAS = "the loader is one of {keras}, which is not the Keras in use; REFLOADER_KERAS={keras} makes it so"
LEFT_OUT = "left out by the budget of {budget:g} s"
NOT_FRESH = "fresh interpreters were not asked for"


def without(*, training: bool, start_methods: bool) -> Dict[str, str]:
    """Return the drives that nobody asked for or that nothing here can make, each with the reason."""
    if not training:
        return dict.fromkeys(FRAMEWORK, NOT_ASKED)
    if installed() is None:
        return dict.fromkeys(FRAMEWORK, NO_FRAMEWORK)
    return {} if start_methods else {STARTED_FIT: NOT_ASKED}
