"""A function that runs in a fresh interpreter, which hashes strings otherwise and has nothing of this one.

Folders list their files in another order there, and there are more or fewer processors: as on another machine.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any, Callable

from refloader.contract.judging.parts import HASH_SEEDS
from refloader.driving.processes.sending import dumps, loads
from refloader.driving.surroundings.cores import other_cores
from refloader.driving.surroundings.global_random import seed_all
from refloader.driving.surroundings.listing import reverse_folders

# Of the global generators in a fresh process: no drive's scenario has it.
FIRST_SEED = 1_000
#: Told to a process that is to find itself on another machine, as far as it can see.
MOVED = "moved"


def elsewhere(function: Callable[..., Any], *arguments: Any, hash_seed: str = "") -> Any:
    """Return what a function answers in a fresh interpreter, or the text of the error it raised.

    hash_seed -- with which it hashes strings, and then the machine is as here; otherwise both are
        otherwise than in this one, as in another run
    """
    environment = dict(os.environ, PYTHONHASHSEED=hash_seed or unlike_here())
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)  # noqa: PTH109
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "refloader.driving.processes.elsewhere",
            *([] if hash_seed else [MOVED]),
        ],
        input=dumps((function, arguments)),
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"the process ended with status {done.returncode}"
    return pickle.loads(done.stdout)  # noqa: S301 - written by the process started here


def unlike_here() -> str:
    """Return the first of the hash seeds that is not this process's."""
    return next(seed for seed in HASH_SEEDS if seed != os.environ.get("PYTHONHASHSEED"))


def main() -> None:
    """Run the function that arrives on standard input, and write its answer, pickled."""
    output = os.dup(1)
    # What a loader prints must not end up in the answer.
    os.dup2(2, 1)
    # By the same seeds in each run, and not by the parent's: what draws from them is to be told every time.
    seed_all(FIRST_SEED + int(os.environ["PYTHONHASHSEED"]))
    if MOVED in sys.argv[1:]:
        reverse_folders()
        other_cores()
    # No loader is to see what this process was told.
    del sys.argv[1:]
    function, arguments = loads(sys.stdin.buffer.read())
    answer = function(*arguments)
    with os.fdopen(output, "wb") as stream:
        pickle.dump(answer, stream)


if __name__ == "__main__":
    main()
