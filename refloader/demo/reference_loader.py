"""The reference loader as a factory, over the same samples as the seed's."""

from __future__ import annotations

from typing import Any

from refloader.loading import ImageLoader

IMAGE_SIZE = (32, 32)


def make(samples: Any, batch_size: int, seed: int) -> Any:
    """Build the reference loader, as ``refloader check`` asks for it."""
    return ImageLoader(
        samples.frame, image_size=IMAGE_SIZE, batch_size=batch_size, shuffle=True, seed=seed
    )
