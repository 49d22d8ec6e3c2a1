"""Which Keras this environment would use, found without importing it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Optional

if sys.version_info >= (3, 8):
    from importlib import metadata
else:
    import importlib_metadata as metadata

from refloader.errors import UsageError

CHOICES = ("keras", "tensorflow.keras", "tf_keras")

_SEPARATE = {"keras", "tf_keras"}

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}

# A Keras that chooses its own backend carries more than one of them; the `keras` package of
# TensorFlow 2.4 to 2.15 is a part of TensorFlow and carries none of these.
_OWN_BACKENDS = (Path("backend", "theano_backend.py"), Path("src", "backend", "jax"))

_PARTS = ("backend", "callbacks", "layers", "models", "utils")

_DISTRIBUTIONS = {
    "numpy": ("numpy",),
    "pandas": ("pandas",),
    "pillow": ("pillow",),
    "hypothesis": ("hypothesis",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-intel"),
    "keras": ("keras",),
    "tf_keras": ("tf-keras", "tf_keras"),
    "jax": ("jax",),
    "torch": ("torch",),
}


@dataclass(frozen=True)
class Framework:
    """The Keras in use: the name it is imported by, and the backend that it computes with."""

    name: str
    backend: str


def installed() -> Optional[Framework]:
    """Tell which Keras would be used, or None where there is none.

    The environment variable REFLOADER_KERAS forces one of `keras`, `tensorflow.keras`,
    `tf_keras`. Nothing is imported.

    Raises UsageError if the forced name is unknown or is not installed.
    """
    forced = os.environ.get("REFLOADER_KERAS")
    name = _checked(forced) if forced else _default()
    return None if name is None else Framework(name, _backend(name))


def keras_of(loader: Any) -> Optional[str]:
    """Return the package whose base a loader's class has, `keras` or `tf_keras`; None without one."""
    roots = (base.__module__.partition(".")[0] for base in type(loader).__mro__)
    return next((root for root in roots if root in _SEPARATE), None)


def feeds(keras: Optional[str]) -> bool:
    """Say whether the Keras in use takes loaders of that package: `keras` takes none of `tf_keras`."""
    framework = installed()
    return keras is None or framework is None or {keras, framework.name} != _SEPARATE


def load() -> Any:
    """Import the Keras in use, without TensorFlow's start-up chatter, and return its module.

    Raises ImportError where there is none.
    """
    framework = installed()
    if framework is None:
        raise ImportError("no Keras is installed here: install keras, tensorflow or tf_keras")
    for variable, value in _QUIET.items():
        os.environ.setdefault(variable, value)
    package, _, attribute = framework.name.partition(".")
    module = importlib.import_module(package)
    for part in () if attribute else _PARTS:  # the first releases import none of them by themselves
        importlib.import_module(f"{package}.{part}")
    return getattr(module, attribute) if attribute else module


def versions() -> Dict[str, str]:
    """Return the versions that decide how a loader is fed, by name; what is absent is left out."""
    found = {"python": platform.python_version()}
    for name, distributions in _DISTRIBUTIONS.items():
        version = next(filter(None, map(_version, distributions)), None)
        if version is not None:
            found[name] = version
    framework = installed()
    if framework is not None:
        found.update(framework=framework.name, backend=framework.backend)
    return found


def _checked(forced: str) -> str:
    if forced not in CHOICES:
        raise UsageError(f"REFLOADER_KERAS is {forced!r}; expected one of {', '.join(CHOICES)}")
    if _folder(forced.partition(".")[0]) is None:
        raise UsageError(f"REFLOADER_KERAS asks for {forced!r}, which is not installed")
    return forced


def _default() -> Optional[str]:
    keras = _folder("keras")
    if keras is not None and any((keras / part).exists() for part in _OWN_BACKENDS):
        return "keras"
    if _folder("tensorflow") is not None:
        return "tensorflow.keras"
    return None if _folder("tf_keras") is None else "tf_keras"


def _backend(name: str) -> str:
    if name != "keras":
        return "tensorflow"
    return os.environ.get("KERAS_BACKEND") or _configured_backend() or "tensorflow"


def _configured_backend() -> Optional[str]:
    home = os.environ.get("KERAS_HOME")
    folder = Path(home) if home else Path.home() / ".keras"
    try:
        configured = json.loads((folder / "keras.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # Keras ignores such a file as well
        return None
    backend: Optional[str] = configured.get("backend")
    return backend


def _folder(package: str) -> Optional[Path]:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.origin:  # no origin: an empty folder that an uninstall left
        return None
    return Path(spec.origin).parent


def _version(distribution: str) -> Optional[str]:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
