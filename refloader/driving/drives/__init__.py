"""The drives: a module for each way in which a loader is pulled."""
