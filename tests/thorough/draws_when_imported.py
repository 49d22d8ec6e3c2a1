"""A module that draws from the global generator when it is imported, as TensorFlow does."""

from __future__ import annotations

import random

random.random()
