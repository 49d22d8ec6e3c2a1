"""A failure as a plain script that runs without refloader: for a report to whoever has to mend it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from string import Template
from typing import Dict, List, Tuple

from refloader.capsule import Capsule
from refloader.contract import drives
from refloader.contract.chapters.purity import FIRST_READ
from refloader.driving.data.image_files import SUFFIXES, patterns
from refloader.driving.data.samples import Samples
from refloader.errors import UsageError

TEMPLATES = Path(__file__).parent / "templates"
# As many bits as the script's code of a sample has.
MOST_SAMPLES = 2**14
IMPORTS = ("importlib", "os", "random", "sys", "tempfile")

#: Which requirements a script can show: (drive, slug) and what its reading claims.
CLAIMS: Dict[Tuple[str, str], str] = {
    (drives.EPOCHS, "coverage.no-loss"): 'len(lost) <= $allowed, f"lost {lost}"',
    (drives.EPOCHS, "coverage.no-repeat"): 'not repeated, f"repeated {repeated}"',
    (drives.EPOCHS, "coverage.no-invention"): 'None not in rows, "a row is no sample"',
    (drives.ITERATION, "protocol.restart"): '$restart, "iterating again does not start anew"',
    (drives.REREADS, "purity.repeatable"): '("twice in a row",)',
    (drives.REREADS, "purity.order-free"): '("backward", "mixed")',
}
_IN_ORDER = "first == second == third"
_IN_ANY_ORDER = "sorted(first, key=str) == sorted(second, key=str) == sorted(third, key=str)"


def script(capsule: Capsule) -> str:
    """Return the script of a capsule; raises UsageError where there is none for its failure yet."""
    obstacle = _obstacle(capsule)
    if obstacle is not None:
        shown = ", ".join(sorted({slug for _, slug in CLAIMS}))
        msg = (
            f"--standalone is not available yet {obstacle}; it can show {shown}, of a loader "
            "without augmentation, fill or an identify of its own; replay it with refloader instead"
        )
        raise UsageError(msg)
    folder, module, name = _place(capsule.subject)
    return _filled(
        "standalone",
        **_numbers(capsule),
        **_samples(capsule),
        requirement=capsule.requirement,
        subject=capsule.subject,
        witness=" ".join(capsule.witness.split()),
        folder=repr(folder),
        module=module,
        factory=name,
        reading=_filled(capsule.driver, claim=_claim(capsule)).rstrip(),
    )


def _obstacle(capsule: Capsule) -> object:
    """Return the words that say for what there is no script, or None."""
    policy = capsule.policy
    obstacles = (
        ((capsule.driver, capsule.requirement) not in CLAIMS,
         f"for {capsule.requirement} under the drive {capsule.driver!r}"),
        (policy.kind != "sequence", f"for a loader of kind {policy.kind!r}"),
        (FIRST_READ in capsule.witness, "for a batch that cannot be the first to be read"),
        (policy.augment, "for a loader that augments"),
        (policy.tail == "pad", "for a loader with tail='pad'"),
        (capsule.identify is not None, "for samples that --identify recovers"),
        (capsule.scenario.n > MOST_SAMPLES, f"for more than {MOST_SAMPLES} samples"),
    )  # fmt: skip
    return next((words for stands, words in obstacles if stands), None)


def _numbers(capsule: Capsule) -> Dict[str, object]:
    scenario = capsule.scenario
    drawn = Samples(
        scenario.n,
        folder=tempfile.gettempdir(),
        classes=scenario.classes,
        seed=scenario.seed,
        paired=capsule.policy.classes == "pairs",
    )
    return {
        "n": scenario.n,
        "batch_size": scenario.batch_size,
        "seed": scenario.seed,
        "epochs": scenario.epochs,
        "labels": drawn.truth.labels.tolist(),
        "classes": scenario.classes,
        "dtype": scenario.dtype,
        "scale": 255 if scenario.dtype == "uint8" else 1,
    }


def _samples(capsule: Capsule) -> Dict[str, str]:
    """Return the parts of the script that depend on what the factory reads of its samples."""
    imports = [f"import {name}" for name in IMPORTS]
    imports += ["from collections import namedtuple", "", "import numpy as np"]
    files = ""
    if capsule.policy.samples in {"image-files", "frame"}:
        imports.append("from PIL import Image")
        # In each class they count anew, or from first to last.
        number = "LABELS[:n].count(label)" if capsule.scenario.same_names else "n"
        files += _filled(
            "files",
            number=number,
            stems=patterns(odd=capsule.scenario.odd_names),
            suffixes=SUFFIXES[capsule.policy.formats],
        )
    if capsule.policy.samples == "frame":
        imports.insert(-1, "import pandas as pd")
        files += _filled("frame", index=_index(capsule))
    libraries = {"frame": ", pandas and Pillow", "image-files": " and Pillow"}
    return {
        "imports": "\n".join(imports),
        "files": files,
        "libraries": libraries.get(capsule.policy.samples, ""),
    }


def _index(capsule: Capsule) -> str:
    return "np.roll(np.arange(N), 1)" if capsule.scenario.shuffled_index else "np.arange(N)"


def _claim(capsule: Capsule) -> str:
    allowed = capsule.scenario.remainder if capsule.policy.tail == "drop" else 0
    restart = _IN_ANY_ORDER if capsule.policy.shuffle else _IN_ORDER
    claim = CLAIMS[capsule.driver, capsule.requirement]
    return Template(claim).substitute(allowed=allowed, restart=restart)


def _place(subject: str) -> Tuple[str, str, str]:
    """Return the folder, the dotted module and the name that MODULE:NAME means."""
    module, _, name = subject.partition(":")
    if not module.endswith(".py"):
        return ".", module, name
    file = Path(module)
    names: List[str] = [] if file.stem == "__init__" else [file.stem]
    folder = file.parent
    while (folder / "__init__.py").exists():
        names.insert(0, folder.resolve().name)
        folder = folder / ".." if folder.name in {"", ".."} else folder.parent
    return folder.as_posix(), ".".join(names), name


def _filled(template: str, **values: object) -> str:
    text = (TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute({name: str(value) for name, value in values.items()})
