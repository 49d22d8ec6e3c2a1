"""The options of pandas, which are set for the whole process."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Dict


def options() -> Dict[str, Any]:
    """Return those that are not as pandas has them at first, by name; {} where nobody has imported it."""
    config = _config()
    if config is None:
        return {}
    registered, deprecated = config._registered_options, config._deprecated_options  # noqa: SLF001
    values = {name: config.get_option(name) for name in registered.keys() - deprecated.keys()}
    return {name: value for name, value in values.items() if value != registered[name].defval}


def put_options(wanted: Dict[str, Any]) -> None:
    """Set them as they were."""
    config = _config()
    for name in options().keys() | wanted.keys():
        with contextlib.suppress(Exception):
            default = config._registered_options[name].defval  # noqa: SLF001
            config.set_option(name, wanted.get(name, default))


def _config() -> Any:
    module = sys.modules.get("pandas._config.config")
    return module if hasattr(module, "_registered_options") else None
