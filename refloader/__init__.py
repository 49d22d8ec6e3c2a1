"""Hold a Keras data loader to a contract, and use one that keeps it."""

from typing import TYPE_CHECKING, Any, List

__version__ = "0.1.0"

# Imported at first use (PEP 562): a worker that unpickles a loader, and pytest when it starts, must
# not wait for NumPy, pandas and Hypothesis.
_HOMES = {
    "AdapterError": "refloader.errors",
    "ArrayLoader": "refloader.loading",
    "BadSample": "refloader.loading",
    "CacheMismatch": "refloader.loading",
    "ImageLoader": "refloader.loading",
    "Plan": "refloader.loading",
    "Policy": "refloader.contract.policy",
    "UsageError": "refloader.errors",
    "WorkerDied": "refloader.loading",
    "contract_tests": "refloader.checking",
    "distributed_dataset": "refloader.frameworks.distributed",
    "endless": "refloader.loading",
    "judge": "refloader.checking",
    "sample_ids": "refloader.driving.observing.identity",
    "shard_from_environment": "refloader.scale.environment",
    "watch": "refloader.watching",
}

if TYPE_CHECKING:
    from refloader.checking import contract_tests, judge
    from refloader.contract.policy import Policy
    from refloader.driving.observing.identity import sample_ids
    from refloader.errors import AdapterError, UsageError
    from refloader.frameworks.distributed import distributed_dataset
    from refloader.loading import (
        ArrayLoader,
        BadSample,
        CacheMismatch,
        ImageLoader,
        Plan,
        WorkerDied,
        endless,
    )
    from refloader.scale.environment import shard_from_environment
    from refloader.watching import watch

__all__ = [
    "AdapterError",
    "ArrayLoader",
    "BadSample",
    "CacheMismatch",
    "ImageLoader",
    "Plan",
    "Policy",
    "UsageError",
    "WorkerDied",
    "__version__",
    "contract_tests",
    "distributed_dataset",
    "endless",
    "judge",
    "sample_ids",
    "shard_from_environment",
    "watch",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - as said above

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> List[str]:
    return sorted(__all__)
