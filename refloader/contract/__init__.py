"""The contract: its requirements as data, each with the function that judges it.

Importing the chapters enters their requirements in the catalogue, in the order of the contract.
"""

from refloader.contract import (  # isort: skip
    protocol,
    passes,
    pictures,
    coverage,
    pairing,
    purity,
    shuffling,
    workers,
    randomness,
    pickling,
    generators,
    faults,
    resources,
    training,
    sharding,
    resume,
)

__all__ = [
    "coverage",
    "faults",
    "generators",
    "pairing",
    "passes",
    "pickling",
    "pictures",
    "protocol",
    "purity",
    "randomness",
    "resources",
    "resume",
    "sharding",
    "shuffling",
    "training",
    "workers",
]
