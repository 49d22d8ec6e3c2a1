"""The data set that a factory is given, whose samples carry their identity through a loader."""
