"""What the author of a loader declares that it does on purpose."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Tuple

from refloader.errors import UsageError

# The first value of each field is the default, and the strictest.
CHOICES: Dict[str, Tuple[Any, ...]] = {
    "kind": ("sequence", "generator", "arrays"),
    "tail": ("deliver", "drop", "pad"),
    "sampling": ("exactly-once", "with-replacement"),
    "shuffle": (False, True),
    "seeded": (False, True),
    "augment": (False, True),
    "on_bad_sample": ("raise", "skip", "mask"),
    "shards": (False, True),
    "resumable": (False, True),
    "samples": ("auto", "arrays", "image-files", "frame"),
    "formats": ("jpeg-and-png", "jpeg", "png", "any"),
    "classes": ("any", "two", "pairs"),
    "targets": ("auto", "labels", "own"),
    "shapes": ("fixed", "by-batch"),
}


@dataclass(frozen=True)
class Policy:
    """The declared behaviour of a loader; a deviation that is not declared here fails.

    kind -- ``"sequence"`` (indexable), ``"generator"`` (an endless iterator) or ``"arrays"``
        (the factory returns ``(x, y)`` or ``(x, y, sample_weight)``, whole)
    tail -- the last partial batch is ``"deliver"``-ed, ``"drop"``-ped or filled up (``"pad"``)
    sampling -- ``"exactly-once"``, or ``"with-replacement"`` for balanced and weighted samplers
    shuffle -- the loader itself reorders between epochs
    seeded -- the same seed promises the same order
    augment -- x may differ between two reads; which samples are in the batch may not
    on_bad_sample -- ``"raise"``, ``"skip"``, or ``"mask"`` (delivered with sample weight 0)
    shards -- the factory takes ``shard=(rank, world size)``
    resumable -- the loader has ``state_dict()`` and ``load_state_dict()``
    samples -- what the factory feeds on: ``"arrays"``, ``"image-files"`` or ``"frame"``;
        ``"auto"`` looks at which attributes of the samples it reads
    formats -- the files that it reads: ``"jpeg-and-png"``, or ``"jpeg"`` or ``"png"`` alone; ``"any"``:
        grey ones too, RGBA, and suffixes such as ``.JPG`` and ``.jpeg``
    classes -- ``"any"`` number of them; ``"two"``, where the loader is of a binary task; or ``"pairs"``, two or
        more with two samples or more of each, where it looks for others of a class, as for triplets
    targets -- what y is: ``"labels"``, a code of the class; ``"own"``, something of each sample (boxes,
        key points, a measured value, a dummy); ``"auto"`` gives the same samples other classes, and
        looks whether y follows
    shapes -- of the arrays behind their first axis: ``"fixed"``; ``"by-batch"`` where sequences are padded to
        the longest of their batch, or pictures to the largest
    """

    kind: str = "sequence"
    tail: str = "deliver"
    sampling: str = "exactly-once"
    shuffle: bool = False
    seeded: bool = False
    augment: bool = False
    on_bad_sample: str = "raise"
    shards: bool = False
    resumable: bool = False
    samples: str = "auto"
    formats: str = "jpeg-and-png"
    classes: str = "any"
    targets: str = "auto"
    shapes: str = "fixed"

    def __post_init__(self) -> None:
        for field, choices in CHOICES.items():
            check_choice(field, getattr(self, field), choices)

    @classmethod
    def of(cls, **declared: Any) -> Policy:
        """Return the policy with these fields declared; an unknown field is a UsageError."""
        for field in declared:
            if field not in CHOICES:
                msg = f"the policy has no field {field!r}{nearest(field, CHOICES)}"
                raise UsageError(msg)
        return cls(**declared)

    def declared(self) -> Dict[str, Any]:
        """Return the fields that differ from the default, by name."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        }


def check_choice(field: str, value: Any, choices: Tuple[Any, ...]) -> None:
    """Raise a UsageError unless `value` is one of `choices` and of the same type."""
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        allowed = ", ".join(repr(choice) for choice in choices)
        msg = f"{field}={value!r} is not possible: the policy's {field} is one of {allowed}"
        raise UsageError(msg)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a suggestion to append to an error about an unknown word."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f": did you mean {close[0]!r}?" if close else f" (there are: {', '.join(names)})"
