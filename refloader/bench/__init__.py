"""The reference loader against what else is installed, on the same files."""
