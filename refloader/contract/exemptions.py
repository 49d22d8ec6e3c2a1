"""Reasons for which several chapters leave a requirement out."""

from __future__ import annotations

from refloader.contract.requirement import unless

COUNTED = unless(
    "sampling", "exactly-once", because="samples are drawn with replacement, as declared"
)
ORDERED = unless("shuffle", False, because="the loader shuffles, by declaration")
FILES = unless(
    "samples", "image-files", "frame", because="the samples are in memory, by declaration"
)
