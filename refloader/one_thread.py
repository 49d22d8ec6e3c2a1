"""What has the libraries of linear algebra and of torch work in the thread that calls them."""

from __future__ import annotations

import os
from typing import Dict

_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def with_one_thread() -> Dict[str, str]:
    """Return this process' environment for others that have one such thread, unless a number is set in it.

    There are as many processes as are wanted. Each would start as many threads more as there are cores, which
    takes a sixth and more of the time it starts in; and on a busy machine threads that wait for each other by
    spinning take many times what one alone does.
    """
    return {**dict.fromkeys(_VARIABLES, "1"), **os.environ}
