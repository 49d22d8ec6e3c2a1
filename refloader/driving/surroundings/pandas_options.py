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
    found = {}
    for name, option in list(config._registered_options.items()):  # noqa: SLF001
        if name not in config._deprecated_options:  # noqa: SLF001
            # As `get_option` does that looks for the name as a pattern first, five times as long.
            value = config._global_config  # noqa: SLF001
            for part in name.split("."):
                value = value[part]
            if value != option.defval:
                found[name] = value
    return found


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
