"""Says, by its exit code, whether the tests notice a change: those of the changed module go first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import List

#: The tests of each folder, the fastest first.
TESTS = {
    "loading": "test_plan test_state test_loaders test_images test_cache test_pool "
    "test_hostile_images test_environment_shard test_shard_weights",
    "driving": "test_baton test_meeting test_identity test_samples test_rereads test_consumers "
    "test_pools test_resources test_budget test_sending test_ready test_session test_reference_contract",
}
#: The tests that a module's own behaviour is in, where their names do not tell.
OWN = {
    "ahead": "test_pool",
    "arrays": "test_loaders",
    "files": "test_loaders test_images",
    "loader": "test_loaders test_state",
    "permutation": "test_plan",
    "png": "test_images",
    "reading": "test_loaders test_pool",
    "sources": "test_loaders",
    "worker": "test_pool",
    "encoding": "test_identity test_samples",
}


def changed() -> Path:
    """Return the module that differs from the commit."""
    names = subprocess.run(
        ["git", "diff", "--name-only", "--", "refloader"],  # noqa: S607 - the one on the path
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    (name,) = names
    return Path(name)


def tests(module: Path) -> List[str]:
    """Return the files of tests to run, in order."""
    named = TESTS[module.parts[1]].split()
    own = OWN.get(module.stem, f"test_{module.stem}").split()
    ordered = [name for name in own if name in named]
    return [str(*Path("tests").glob(f"*/{name}.py")) for name in [*ordered, *named]]


def main() -> int:
    """Run the tests, and return pytest's exit code."""
    files = list(dict.fromkeys(tests(changed())))
    options = ["-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    return subprocess.run([sys.executable, *options, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
