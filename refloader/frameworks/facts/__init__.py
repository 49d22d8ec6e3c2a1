"""The probes: each asks the installed Keras one question, or a few, and answers by measuring."""
