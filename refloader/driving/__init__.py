"""Driving: how a loader is pulled, and what is written down of it."""
