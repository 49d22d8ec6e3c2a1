"""The reference loader as a factory: what a failed requirement is tried with again, for blame."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from refloader.contract.policy import Policy
from refloader.driving.data.samples import Samples
from refloader.driving.subject import Factory

IMAGE_SIZE = (32, 32)


def reference_factory(policy: Policy) -> Factory:
    """Return a factory that builds the reference loader as this policy declares it."""

    def make(samples: Samples, batch_size: int, seed: int, shard: Tuple[int, int] = (0, 1)) -> Any:
        # Imported where loaders are built, in the driving process: the judging one needs none.
        from refloader import loading  # noqa: PLC0415
        from refloader.driving import padded  # noqa: PLC0415 - it imports that

        by_batch = policy.shapes == "by-batch"
        settings: Dict[str, Any] = {
            "batch_size": batch_size,
            "seed": seed,
            "shuffle": policy.shuffle,
            "tail": policy.tail,
            "shard": shard,
        }
        if policy.samples == "arrays":
            of_arrays = padded.PaddedArrays if by_batch else loading.ArrayLoader
            loader: Any = of_arrays(*samples.arrays, **settings)
        else:
            of_images = padded.PaddedImages if by_batch else loading.ImageLoader
            loader = of_images(
                samples.frame,
                image_size=IMAGE_SIZE,
                on_bad_sample=policy.on_bad_sample,
                **settings,
            )
        if policy.kind == "arrays":
            return loader.arrays()
        return loader.generator() if policy.kind == "generator" else loader

    return make
