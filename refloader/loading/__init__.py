"""The reference loader. To learn how a loader is written, read its modules in this order.

`plan` says which samples a batch has, as pure arithmetic, and `permutation` in which order an epoch has
them. `loader` makes a Sequence, a stream and arrays of that, with `stream` and `state` (where it goes on).
`arrays` is the whole of a loader for data in memory. For image files, `sources` says which files and labels
there are, `reading` fills the rows of a batch, and `files` is the loader. How one file becomes one picture is a
subject of its own, in `refloader.decoding`.

The rest makes it fast and changes no batch: `memory` serves again, `cache` keeps what was decoded, and
`workers` read with threads or processes, and ahead.
"""

from refloader.decoding.images import BadSample
from refloader.loading.arrays import ArrayLoader
from refloader.loading.cache import CacheMismatch
from refloader.loading.files import ImageLoader
from refloader.loading.plan import Plan
from refloader.loading.stream import endless
from refloader.loading.workers.pool import WorkerDied

__all__ = [
    "ArrayLoader",
    "BadSample",
    "CacheMismatch",
    "ImageLoader",
    "Plan",
    "WorkerDied",
    "endless",
]
