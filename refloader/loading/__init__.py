"""The reference loader: plan, sources, images, and the loaders over them."""

from refloader.loading.arrays import ArrayLoader
from refloader.loading.cache import CacheMismatch
from refloader.loading.files import ImageLoader
from refloader.loading.images import BadSample
from refloader.loading.plan import Plan
from refloader.loading.pool import WorkerDied
from refloader.loading.stream import endless

__all__ = [
    "ArrayLoader",
    "BadSample",
    "CacheMismatch",
    "ImageLoader",
    "Plan",
    "WorkerDied",
    "endless",
]
