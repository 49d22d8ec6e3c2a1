"""What frameworks keep for the whole process, where they are imported: a loader may read it, but not set it."""

from __future__ import annotations

import sys
from typing import Any, Dict

#: As they are until somebody sets them; a Keras that has not one of them cannot have it set.
USUAL: Dict[str, Any] = {"floatx": "float32", "image_data_format": "channels_last", "epsilon": 1e-7}


def settings() -> Dict[str, Any]:
    """Return each setting; no framework is imported for that."""
    backend = sys.modules.get("keras.backend")
    return {name: getattr(backend, name, lambda: usual)() for name, usual in USUAL.items()}  # noqa: B023


def put_settings(wanted: Dict[str, Any]) -> None:
    """Set each as it was."""
    backend = sys.modules.get("keras.backend")
    for name, value in wanted.items():
        if hasattr(backend, name):
            getattr(backend, f"set_{name}")(value)


def gradients() -> bool:
    """Say whether torch computes gradients; one that nobody has imported would."""
    return bool(getattr(sys.modules.get("torch"), "is_grad_enabled", lambda: True)())


def put_gradients(wanted: bool) -> None:  # noqa: FBT001 - as it was looked at
    """Have torch compute them, or not."""
    torch: Any = sys.modules.get("torch")
    if hasattr(torch, "set_grad_enabled"):
        torch.set_grad_enabled(wanted)
