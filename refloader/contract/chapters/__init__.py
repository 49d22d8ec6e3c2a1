"""The chapters of the contract: importing them enters their requirements in the catalogue, in this order."""

from refloader.contract.chapters import (  # isort: skip
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
