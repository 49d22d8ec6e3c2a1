"""The only place that knows Keras versions: what is installed, and how it is fed."""
