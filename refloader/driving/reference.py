"""The reference loader as a factory: what a failed requirement is tried with again, for blame."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from refloader.contract.policy import Policy
from refloader.driving.samples import Samples
from refloader.driving.subject import Factory

IMAGE_SIZE = (32, 32)


def reference_factory(policy: Policy) -> Factory:
    """Return a factory that builds the reference loader as this policy declares it."""

    def make(samples: Samples, batch_size: int, seed: int, shard: Tuple[int, int] = (0, 1)) -> Any:
        # Imported where loaders are built, in the driving process: the judging one needs none.
        from refloader.loading import ArrayLoader, ImageLoader  # noqa: PLC0415

        settings: Dict[str, Any] = {
            "batch_size": batch_size,
            "seed": seed,
            "shuffle": policy.shuffle,
            "tail": policy.tail,
            "shard": shard,
        }
        if policy.samples == "arrays":
            loader: Any = ArrayLoader(*samples.arrays, **settings)
        else:
            loader = ImageLoader(
                samples.frame,
                image_size=IMAGE_SIZE,
                on_bad_sample=policy.on_bad_sample,
                **settings,
            )
        if policy.kind == "arrays":
            return loader.arrays()
        return loader.generator() if policy.kind == "generator" else loader

    return make
