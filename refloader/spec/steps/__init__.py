"""The loaders of the guide, each a step further than the one before."""
