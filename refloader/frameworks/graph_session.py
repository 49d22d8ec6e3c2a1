"""TensorFlow 1's session, where Keras keeps it as the main thread's alone."""

from __future__ import annotations

import sys
from typing import Any, List

_kept: List[Any] = []


def keep_graph_session() -> None:
    """Have somebody hold the session for as long as the process lives; later TensorFlows have none.

    A worker that a thread forks drops what was the main thread's alone, and where that was all that held the
    session, its end closes it: the worker stands still before it has read anything, whatever loader it has
    (`fixtures/reproductions/forked_workers_close_the_session.py`).
    """
    tensorflow: Any = sys.modules.get("tensorflow")
    if not _kept and hasattr(tensorflow, "Session"):
        _kept.append(tensorflow.compat.v1.keras.backend.get_session())
