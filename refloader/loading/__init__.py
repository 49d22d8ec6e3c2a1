"""The reference loader: plan, sources, images, and the loaders over them."""

from refloader.loading.arrays import ArrayLoader
from refloader.loading.files import ImageLoader
from refloader.loading.images import BadSample
from refloader.loading.plan import Plan

__all__ = ["ArrayLoader", "BadSample", "ImageLoader", "Plan"]
