"""What Keras keeps for the whole process, where it is imported: a loader may read it, but not set it."""

from __future__ import annotations

import sys
from typing import Any, Dict

#: As they are until somebody sets them; a Keras that has not one of them cannot have it set.
USUAL: Dict[str, Any] = {"floatx": "float32", "image_data_format": "channels_last", "epsilon": 1e-7}


def settings() -> Dict[str, Any]:
    """Return each setting; Keras is not imported for that."""
    backend = sys.modules.get("keras.backend")
    return {name: getattr(backend, name, lambda: usual)() for name, usual in USUAL.items()}  # noqa: B023


def put_settings(wanted: Dict[str, Any]) -> None:
    """Set each as it was."""
    backend = sys.modules.get("keras.backend")
    for name, value in wanted.items():
        if hasattr(backend, name):
            getattr(backend, f"set_{name}")(value)
