"""The compatibility record: what each Keras really does to a loader, measured, kept and compared."""
