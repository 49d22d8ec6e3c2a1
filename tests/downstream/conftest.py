"""The projects under projects/ are run by their own guards, from copies of them."""

from __future__ import annotations

collect_ignore_glob = ["projects/*", "real/*"]
