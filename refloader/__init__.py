"""Hold a Keras data loader to a contract, and use one that keeps it."""

__version__ = "0.1.0"
